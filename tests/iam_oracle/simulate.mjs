// Asks the IAM simulator of @cloud-copilot: one request a line comes in as JSON, one answer a line goes out.
//
// Argument: the folder into which the packages were installed. The simulator's own entry point drops keys that it
// does not know from the request (kms:EncryptionContext:…), so its engine is asked directly, which is private:
// hence the pinned version.

import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'

const packages = join(process.argv[2], 'node_modules', '@cloud-copilot')
const load = (...path) => import(pathToFileURL(join(packages, ...path)).href)
const engine = (...path) => load('iam-simulate', 'dist', 'esm', ...path)

const { loadPolicy } = await load('iam-policy', 'dist', 'esm', 'index.js')
const { authorize } = await engine('core_engine', 'CoreSimulatorEngine.js')
const { AwsRequestImpl } = await engine('request', 'request.js')
const { RequestContextImpl } = await engine('requestContext.js')
const { DiscoveryContextKeyConstraints } = await engine('context_keys', 'discoveryContextKeyConstraints.js')

const named = (policies, kind) => policies.map((policy, n) => loadPolicy(policy, { name: `${kind}${n}` }))
const levels = (all, kind) => all.map((policies, n) => ({ orgIdentifier: `o${n}`, policies: named(policies, kind) }))
const some = (policies, kind) => (policies ? named(policies, kind) : undefined)

function answer(asked) {
  const context = new RequestContextImpl(asked.context)
  const resource = { resource: asked.resource, accountId: asked.account }
  const analysis = authorize({
    request: new AwsRequestImpl(asked.principal, resource, asked.action, context),
    sessionPolicy: asked.session ? loadPolicy(asked.session, { name: 'session' }) : undefined,
    identityPolicies: named(asked.identity, 'identity'),
    resourcePolicy: asked.policy ? loadPolicy(asked.policy, { name: 'resource' }) : undefined,
    permissionBoundaries: some(asked.boundary ? [asked.boundary] : undefined, 'boundary'),
    vpcEndpointPolicies: some(asked.endpoint ? [asked.endpoint] : undefined, 'endpoint'),
    serviceControlPolicies: levels(asked.scps, 'scp'),
    resourceControlPolicies: levels(asked.rcps, 'rcp'),
    simulationParameters: {
      simulationMode: 'Strict',
      discoveryContextKeyConstraints: new DiscoveryContextKeyConstraints([])
    },
    serviceSettings: { s3: { blockPublicAccess: asked.blockPublicAccess } }
  })
  return analysis.result
}

for await (const line of createInterface({ input: process.stdin })) {
  let result
  try {
    result = answer(JSON.parse(line))
  } catch (error) {
    result = `error: ${error.message}`
  }
  process.stdout.write(JSON.stringify(result) + '\n')
}
