/** What waits to be written: bounded in items and in weight; when full the oldest goes, and is counted. */
export class Queue<T> {
  readonly #limit: number;
  readonly #limitWeight: number;
  readonly #weigh: (item: T) => number;
  #items: T[] = [];
  #weight = 0;
  #dropped = 0;

  constructor(limit: number, limitWeight: number, weigh: (item: T) => number) {
    this.#limit = limit;
    this.#limitWeight = limitWeight;
    this.#weigh = weigh;
  }

  get items(): readonly T[] {
    return this.#items;
  }

  /** Items dropped since the last `clear`. */
  get dropped(): number {
    return this.#dropped;
  }

  add(item: T): void {
    this.#items.push(item);
    this.#weight += this.#weigh(item);
    while (this.#items.length > this.#limit || (this.#weight > this.#limitWeight && this.#items.length > 1)) {
      const oldest = this.#items.shift();
      if (oldest !== undefined) this.#weight -= this.#weigh(oldest);
      this.#dropped++;
    }
  }

  clear(): void {
    this.#items = [];
    this.#weight = 0;
    this.#dropped = 0;
  }
}
