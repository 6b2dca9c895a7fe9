// The entry of the process that has the state, on one's own machine: the whole gateway, as at the edge, and the port through which the
// other processes reach its objects.
export { default } from '../index.ts';
export * from '../index.ts';
export { ObjectPort } from './object-port.ts';
