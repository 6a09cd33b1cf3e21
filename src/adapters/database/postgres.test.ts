import { afterAll, beforeAll, describe } from 'vitest'
import { postgresMissing, startPostgres, type TestPostgres } from '../../../test/support/postgres.ts'
import { openPostgres } from './postgres.ts'
import { storeContract, type TestBook } from './store.contract.ts'

describe.skipIf(postgresMissing !== null)(
  `on PostgreSQL${postgresMissing === null ? '' : `: ${postgresMissing}`}`,
  () => {
    let server: TestPostgres
    beforeAll(async () => {
      server = await startPostgres()
    })
    afterAll(() => server.stop())

    storeContract(async (): Promise<TestBook> => {
      const url = await server.createDatabase()
      return { open: () => openPostgres(url), appendLoop: ['postgres', url], remove: async () => {} }
    })
  },
)
