"""Drives the Route 53 fake through botocore: a client, and a model of the service, that this project did not write.

usage: route53-botocore.py URL      exits 0 and prints one line per check, or fails with a traceback
The zone Z0EXAMPLE `example.test` must be there, with 350 A records aNNN.example.test and www.example.test A 192.0.2.1.
A line `inject NAME` or `heal` asks whoever runs the fake to switch a fault on or off, and to answer with a line when it is done.
"""

import sys

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

ZONE = "Z0EXAMPLE"


def client(url):
    session = botocore.session.Session()
    session.set_credentials("AKIACANARYCANARY0000", "secret")
    config = Config(retries={"max_attempts": 0}, connect_timeout=5, read_timeout=5, proxies={})
    return session.create_client("route53", region_name="us-east-1", endpoint_url=url, config=config)


def ask(command):
    """The test turns the fake's faults on and off, between two lines."""
    print(command, flush=True)
    sys.stdin.readline()


def refused(call, code):
    try:
        call()
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response
        return error
    raise AssertionError(f"{code} expected, but the call was taken")


def change(route53, *changes):
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": rrset} for action, rrset in changes]}
    return route53.change_resource_record_sets(HostedZoneId=ZONE, ChangeBatch=batch)


def rrset(name, type, *values, ttl=60):
    return {"Name": name, "Type": type, "TTL": ttl, "ResourceRecords": [{"Value": value} for value in values]}


def main(url):
    route53 = client(url)

    zones = route53.list_hosted_zones_by_name(DNSName="example.test")
    assert [(zone["Id"], zone["Name"]) for zone in zones["HostedZones"]] == [("/hostedzone/" + ZONE, "example.test.")], zones
    assert zones["IsTruncated"] is False and zones["HostedZones"][0]["Config"]["PrivateZone"] is False
    zone = route53.get_hosted_zone(Id="/hostedzone/" + ZONE)
    assert len(zone["DelegationSet"]["NameServers"]) == 2, zone
    print("ok zones")

    pages = list(route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=ZONE))
    assert [len(page["ResourceRecordSets"]) for page in pages] == [300, 53], [len(p["ResourceRecordSets"]) for p in pages]
    names = [one["Name"] for page in pages for one in page["ResourceRecordSets"]]
    assert len(set(names)) == 352 and names[0] == "example.test." and names[-1] == "www.example.test.", names[-3:]
    small = route53.list_resource_record_sets(HostedZoneId=ZONE, StartRecordName="a348.example.test", MaxItems="1")
    assert small["IsTruncated"] and small["NextRecordName"] == "a349.example.test." and small["NextRecordType"] == "A", small
    print("ok paging")

    old, new = rrset("www.example.test", "A", "192.0.2.1"), rrset("www.example.test", "A", "192.0.2.2", "192.0.2.3")
    txt = rrset("_failoverd.www.example.test", "TXT", '"heritage=failoverd,owner=a,generation=1,site=b"')
    star = rrset("*.example.test", "AAAA", "2001:db8::1")
    info = change(route53, ("DELETE", old), ("CREATE", new), ("CREATE", txt), ("UPSERT", star))["ChangeInfo"]
    assert info["Status"] == "PENDING", info
    states = [route53.get_change(Id=info["Id"])["ChangeInfo"]["Status"] for _ in range(2)]
    assert states == ["PENDING", "INSYNC"], states
    listed = route53.list_resource_record_sets(HostedZoneId=ZONE, StartRecordName="www.example.test")
    assert [one["ResourceRecords"] for one in listed["ResourceRecordSets"]] == [
        new["ResourceRecords"],
        txt["ResourceRecords"],
    ], listed
    stars = route53.list_resource_record_sets(HostedZoneId=ZONE, StartRecordName="*.example.test", MaxItems="1")
    assert stars["ResourceRecordSets"][0]["Name"] == "\\052.example.test.", stars
    print("ok change")

    error = refused(lambda: change(route53, ("DELETE", old), ("CREATE", old)), "InvalidChangeBatch")
    assert "do not match the current values" in error.response["Error"]["Message"], error.response
    refused(lambda: change(route53, ("DELETE", dict(new, TTL=61))), "InvalidChangeBatch")
    refused(lambda: change(route53, ("CREATE", txt)), "InvalidChangeBatch")
    refused(lambda: change(route53, ("CREATE", rrset("www.other.test", "A", "192.0.2.1"))), "InvalidChangeBatch")
    refused(lambda: change(route53, ("CREATE", rrset("www.example.test", "CNAME", "a.test"))), "InvalidChangeBatch")
    refused(lambda: change(route53, ("UPSERT", rrset("new.example.test", "TXT", "no quotes"))), "InvalidChangeBatch")
    refused(lambda: change(route53, ("DELETE", new), ("CREATE", rrset("b.example.test", "A", "1.2.3"))), "InvalidChangeBatch")
    again = route53.list_resource_record_sets(HostedZoneId=ZONE, StartRecordName="www.example.test")
    assert again["ResourceRecordSets"] == listed["ResourceRecordSets"], "a refused batch must change nothing"
    print("ok refusals")

    # botocore sends fields in the order of the dictionary, the service wants that of its schema.
    weighted = {"Name": "w.example.test", "Type": "A", "SetIdentifier": "blue", "Weight": 10}
    weighted.update({"TTL": 60, "ResourceRecords": [{"Value": "192.0.2.9"}]})
    disordered = dict(rrset("v.example.test", "A", "192.0.2.9"), SetIdentifier="blue", Weight=10)
    refused(lambda: change(route53, ("CREATE", disordered)), "InvalidInput")
    alias = {"DNSName": "lb.example.test.", "HostedZoneId": ZONE, "EvaluateTargetHealth": False}
    change(route53, ("CREATE", weighted), ("CREATE", {"Name": "x.example.test", "Type": "A", "AliasTarget": alias}))
    special = route53.list_resource_record_sets(HostedZoneId=ZONE, StartRecordName="w.example.test")["ResourceRecordSets"]
    assert special[0]["Weight"] == 10 and special[0]["SetIdentifier"] == "blue", special
    assert special[-1]["AliasTarget"] == alias, special
    print("ok special")

    refused(lambda: route53.get_hosted_zone(Id="Z0NOTHERE"), "NoSuchHostedZone")
    refused(lambda: route53.get_change(Id="C0NOTHERE"), "NoSuchChange")
    for fault, code in [("throttled", "Throttling"), ("denied", "AccessDenied"), ("server-error", "InternalFailure")]:
        ask("inject " + fault)
        error = refused(lambda: route53.get_hosted_zone(Id=ZONE), code)
        assert error.response["ResponseMetadata"]["RequestId"], error.response
        ask("heal")
    print("ok errors")


main(sys.argv[1])
