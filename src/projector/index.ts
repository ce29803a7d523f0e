export { type ProjectorKernel, projectorKernel } from './kernel.ts';
