import { describeSharing } from '../../test/describe-sharing.ts';
import { describeStore } from '../../test/describe-store.ts';
import { makeSqliteStore } from '../../test/sqlite-file.ts';

describeStore('sqliteStore', makeSqliteStore, { evicts: true });
describeSharing('sqliteStore', makeSqliteStore);
