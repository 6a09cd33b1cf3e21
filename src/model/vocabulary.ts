/**
 * The enumerations of law.yaml's `vocabulary` that documents use, verbatim: rules compare with these words, so a
 * document that says another one would silently match nothing. `vocabulary.test.ts` holds the two together.
 */

/** Exposure names stand for facts; ordinal from the left. */
export const EXPOSURES = [
  'loopback',
  'host',
  'pod',
  'cluster',
  'org',
  'cross_tenant',
  'partner',
  'cross_border',
  'public_auth',
  'public_anon',
] as const

/** Ordinal from the left. */
export const TLS_VERSIONS = ['none', 'ssl3', 'tls1.0', 'tls1.1', 'tls1.2', 'tls1.3'] as const

/** Bodies of law and standards that counsel may declare applicable to an entity. */
export const REGIMES = [
  'gdpr',
  'uk_gdpr',
  'pecr',
  'hipaa',
  'pci',
  'soc2',
  'iso27001',
  'nist80053',
  'fedramp',
  'nist800171',
  'cis',
  'nis2',
  'nis2_2690',
  'dora',
  'cra',
  'ccpa',
  'ccpa_audit',
  'ca_breach',
  'ny_gbl',
  'sec',
  'nydfs',
  'ftc_safeguards',
  'ftc_act',
  'reg_s_p',
  'us_bank',
  'dfars',
  'dod_ppsm',
  'bod_23_02',
  'nerc_cip',
  'cyber_essentials',
  'dtsa',
  'eu_trade_secrets',
  'ear',
  'itar',
  'us_dsp',
  'eu_data_act',
  'multi_tenant',
] as const

/** Legal capacities of an entity. */
export const ENTITY_ROLES = [
  'controller',
  'joint_controller',
  'processor',
  'subprocessor',
  'ccpa_business',
  'ccpa_service_provider',
  'hipaa_covered_entity',
  'hipaa_business_associate',
  'merchant',
  'pci_service_provider',
  'pci_multi_tenant_provider',
  'nis2_essential',
  'nis2_important',
  'nis2_trust_service_provider',
  'dora_financial_entity',
  'dora_weekend_excluded',
  'dora_ict_provider',
  'sec_registrant',
  'manufacturer_digital_products',
  'us_bank_service_provider',
  'data_processing_service_provider',
  'us_person',
  'federal_contractor',
  'fceb_agency',
] as const

/** Categories of data. */
export const DATA_CATEGORIES = [
  'none',
  'personal',
  'special_category',
  'criminal',
  'children',
  'phi',
  'pan',
  'sad',
  'npi',
  'ca_pi',
  'bulk_us_sensitive',
  'us_gov_related',
  'trade_secret',
  'confidential_contract',
  'export_controlled_ear',
  'export_controlled_itar',
  'cui',
  'financial_reporting',
  'credentials',
  'security_logs',
  'non_personal_eu_cloud',
] as const

/** What a path crosses. */
export const BOUNDARIES = [
  'host',
  'namespace',
  'network_zone',
  'cde',
  'authorization_boundary',
  'organisation',
  'tenant',
  'party',
  'controller_processor',
  'border',
  'internet',
] as const

/** Controls. */
export const SAFEGUARDS = [
  'tls',
  'mtls',
  'network_encryption',
  'authn',
  'unique_id',
  'mfa',
  'phishing_resistant_mfa',
  'least_privilege',
  'allowlist',
  'deny_by_default',
  'segmentation',
  'gateway',
  'waf',
  'ids',
  'rate_limit',
  'logging',
  'log_review',
  'log_offhost',
  'log_tamper_evident',
  'time_sync',
  'encryption_at_rest',
  'e2ee_fips',
  'client_side_encryption',
  'tokenisation',
  'pseudonymisation',
  'dlp',
  'need_to_know',
  'confidential_marking',
  'backup',
  'session_timeout',
  'vuln_scan',
  'pentest',
  'isolation_test',
  'network_monitoring',
  'content_trust',
  'monitoring_remote_access',
] as const

/** Kinds of contract. */
export const CONTRACT_KINDS = [
  'dpa_art28',
  'joint_controller_arrangement',
  'scc',
  'idta',
  'bcr',
  'baa',
  'nda',
  'msa',
  'isa',
  'isa_nist_ca3',
  'pci_responsibility_matrix',
  'pci_written_agreement',
  'ccpa_service_provider_contract',
  'dora_art30',
  'nis2_supply_chain',
  'dsp_vendor_agreement',
  'ip_assignment',
  'sla',
  'trade_secret_licence',
] as const

export const ENVIRONMENTS = ['prod', 'staging', 'test', 'dev', 'dr', 'research'] as const

export const TENANCIES = ['none', 'single', 'multi'] as const

/** Our role for the personal data behind a port (GDPR Art 4). */
export const PROCESSING_ROLES = [
  'none',
  'controller',
  'joint_controller',
  'processor',
  'subprocessor',
] as const

/** What a counterparty is to us. */
export const PARTY_KINDS = [
  'self',
  'affiliate',
  'customer',
  'joint_controller',
  'processor',
  'subprocessor',
  'vendor',
  'contractor',
  'public_authority',
  'public',
  'unknown_party',
] as const

/** Basis of a transfer to a third country (GDPR chapter V). */
export const TRANSFER_BASES = [
  'none',
  'not_a_transfer',
  'adequacy',
  'dpf',
  'scc',
  'idta',
  'bcr',
  'code_or_cert',
  'derogation_49',
] as const

/** Data protection impact assessment (GDPR Art 35). */
export const DPIA_STATUSES = [
  'none',
  'screened_not_required',
  'in_progress',
  'done',
  'prior_consultation_required',
  'prior_consultation_done',
] as const
