import {
  infiniteQueryOptions,
  keepPreviousData,
  MutationCache,
  QueryCache,
  QueryClient,
  queryOptions,
} from '@tanstack/react-query'

import type { Input, OperationName } from '../../../src/api/operations.ts'
import { call } from './client.ts'
import { Problem } from './problem.ts'
import { sayThatSignedIn } from './session.ts'

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noticeSignedOut }),
  mutationCache: new MutationCache({ onError: noticeSignedOut }),
  defaultOptions: {
    queries: {
      // What changes is announced by server-sent events; asking again on a timer or on focus would only cost.
      staleTime: Number.POSITIVE_INFINITY,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < 2 && (!(error instanceof Problem) || error.status === 0),
    },
  },
})

export function q<N extends OperationName>(name: N, input: Input<N>) {
  return queryOptions({
    queryKey: [name, input] as const,
    queryFn: ({ signal }) => call(name, input, signal),
  })
}

/** For lists: what answered the filter before stays on screen while this one is on its way. */
export function keeping<N extends OperationName>(name: N, input: Input<N>) {
  return queryOptions({
    queryKey: [name, input] as const,
    queryFn: ({ signal }) => call(name, input, signal),
    placeholderData: keepPreviousData,
  })
}

export function portsQuery(filter: Omit<Input<'listPorts'>, 'cursor' | 'limit'>) {
  return infiniteQueryOptions({
    queryKey: ['listPorts', filter] as const,
    queryFn: ({ signal, pageParam }) =>
      call('listPorts', { ...filter, ...(pageParam !== null && { cursor: pageParam }), limit: 100 }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  })
}

function noticeSignedOut(error: Error): void {
  if (error instanceof Problem && error.status === 401) sayThatSignedIn(false)
}
