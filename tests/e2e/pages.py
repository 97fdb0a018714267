# SPDX-License-Identifier: Apache-2.0
"""README and docs/ as the tests read them: what stands in code is taken literally."""
import json, re
from world import ROOT


class Markdown:
    """What stands in code: blocks (fenced, or indented by four) with their heading, and spans in the text; rows of tables.
    `order` has spans and lines of blocks as they come."""

    def __init__(self, file):
        self.order, self.blocks, self.spans, self.tables = [], [], [], []  # (heading, kind, lines); (heading, span); lines
        heading, block, fence, last, indent = '', None, None, '', 4
        for line in (ROOT / file).read_text().splitlines():
            mark = re.match(r'( *)```(\w*)$', line)
            if fence is not None:
                if mark:
                    fence = None
                else:
                    block.append(line[fence:])
                    self.order.append((heading, block[-1]))
            elif mark:
                fence, block = len(mark[1]), []
                self.blocks.append((heading, mark[2], block))
            elif line.startswith('    ') and (not last or last.startswith('    ')):
                if not last:
                    self.blocks.append((heading, '', []))
                    indent = len(line) - len(line.lstrip())
                self.blocks[-1][2].append(line[min(indent, len(line) - len(line.lstrip())):])
                self.order.append((heading, self.blocks[-1][2][-1]))
            else:
                if line.startswith('#'):
                    heading = line.lstrip('# ')
                if line.lstrip().startswith('|'):
                    self.tables.append(line)
                self.spans += [(heading, s) for s in re.findall(r'`([^`]+)`', line)]
                self.order += [(heading, s) for s in re.findall(r'`([^`]+)`', line)]
            last = line

    def code(self, *headings):
        return [code for heading, code in self.order if heading in headings]

    def config(self, heading):
        (found,) = [b for h, kind, b in self.blocks if h == heading and kind == 'jsonc']
        return '\n'.join(found)

    def block(self, begins, words=()):
        """The one block that begins so, with words replaced: {theirs: ours}."""
        (found,) = ['\n'.join(b) for _, _, b in self.blocks if '\n'.join(b).startswith(begins)]
        return replaced(found, dict(words))

    def dns(self, words, n=0):
        """The section dns.PROVIDER of the page's nth configuration."""
        found = ['\n'.join(b) for h, kind, b in self.blocks if h == 'Configuration' and kind == 'jsonc'][n]
        dns = json.loads(replaced(found, words))['dns']
        return dns[dns['provider']]


def replaced(text, words):
    for theirs, ours in words.items():
        if theirs not in text:
            raise AssertionError(f'{theirs}: not in {text!r}')
        text = text.replace(theirs, ours)
    return text
