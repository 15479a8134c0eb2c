import { describeStore } from '../test/describe-store.ts';
import { memoryStore } from './memory-store.ts';

describeStore('memoryStore', async ({ maxBytes }) => ({ store: memoryStore({ maxBytes }) }), { evicts: true });
