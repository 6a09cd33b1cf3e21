import type { NamespaceFacts } from '../../model/cluster.ts'
import { spanOf } from '../yaml/nodes.ts'
import type { KubernetesObject } from './objects.ts'
import { at, textsOf } from './objects.ts'

export function namespaceFacts({ root, kind, name }: KubernetesObject): NamespaceFacts {
  return { namespace: name, kind, name, span: spanOf(root), labels: textsOf(at(root, 'metadata', 'labels')) }
}
