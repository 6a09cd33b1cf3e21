/**
 * Version 1, as documented on 2026-11-26: a provider may add to it, and then the version goes up.
 *
 * Annotations by which a Service asks for a balancer inside the network, as the providers document them. Anything
 * else is a balancer whose address is the provider's to choose, on most of them a public one.
 */
export const INTERNAL_BALANCERS: readonly {
  readonly key: string
  readonly values: readonly string[]
  readonly source: string
}[] = [
  {
    key: 'service.beta.kubernetes.io/aws-load-balancer-scheme',
    values: ['internal'],
    source:
      'https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/',
  },
  {
    key: 'service.beta.kubernetes.io/aws-load-balancer-internal',
    values: ['true', '0.0.0.0/0'],
    source: 'https://kubernetes.io/docs/concepts/services-networking/service/#internal-load-balancer',
  },
  {
    key: 'service.beta.kubernetes.io/azure-load-balancer-internal',
    values: ['true'],
    source: 'https://learn.microsoft.com/azure/aks/internal-lb',
  },
  {
    key: 'networking.gke.io/load-balancer-type',
    values: ['Internal'],
    source: 'https://cloud.google.com/kubernetes-engine/docs/how-to/internal-load-balancing',
  },
  {
    key: 'cloud.google.com/load-balancer-type',
    values: ['Internal', 'internal'],
    source: 'https://cloud.google.com/kubernetes-engine/docs/how-to/internal-load-balancing',
  },
  {
    key: 'service.beta.kubernetes.io/openstack-internal-load-balancer',
    values: ['true'],
    source: 'https://kubernetes.io/docs/concepts/services-networking/service/#internal-load-balancer',
  },
  {
    key: 'service.beta.kubernetes.io/oci-load-balancer-internal',
    values: ['true'],
    source: 'https://kubernetes.io/docs/concepts/services-networking/service/#internal-load-balancer',
  },
  {
    key: 'service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type',
    values: ['private'],
    source: 'https://kubernetes.io/docs/concepts/services-networking/service/#internal-load-balancer',
  },
]
