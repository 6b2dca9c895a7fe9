// The chain of the acts that concern no single user's keys: on users and admin tokens (protocol/admin/audit.ts).
export const REGISTRY_CHAIN = 'registry';
