// Reads an AsyncAPI document with the parser of the AsyncAPI Initiative, which knows the official JSON Schema and the rules beyond it.
import { readFileSync } from 'node:fs'
import { Parser } from '@asyncapi/parser'

const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], 'utf8'))
// A newer version of AsyncAPI is no mistake of this document.
const wrong = diagnostics.filter((found) => found.code !== 'asyncapi-latest-version')
for (const found of wrong) console.error(`${found.path.join('/')}: ${found.message} (${found.code})`)
const messages = document?.allMessages().length ?? 0
console.log(`AsyncAPI ${document?.version()}: ${document?.allChannels().length} channels, ${messages} messages`)
process.exit(wrong.length === 0 && messages > 30 ? 0 : 1)
