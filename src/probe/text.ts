export { printable } from '../domain/printable';
