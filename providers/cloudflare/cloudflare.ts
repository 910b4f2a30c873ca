import type { CreateProvider } from '../provider';

export const create: CreateProvider = async () => ({ ok: false, problems: [] });
