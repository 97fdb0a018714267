# SPDX-License-Identifier: Apache-2.0
"""The rights that the providers' pages have people give, judged as the provider judges them. A page that gives too little
fails a publication; one that gives too much fails a test that tries what must be refused."""
import fnmatch, json, re


def listed(value):
    return value if isinstance(value, list) else [value]


class IamPolicy:
    """An IAM policy (AWS, "IAM JSON policy elements" and "policy evaluation logic"): what no statement allows is refused.
    A word that is not judged here is an error, never an allowance."""

    def __init__(self, text):
        document = json.loads(text)
        if set(document) != {'Version', 'Statement'} or document['Version'] != '2012-10-17':
            raise AssertionError(f'no IAM policy: {text[:80]}')
        self.statements = document['Statement']
        for s in self.statements:
            if set(s) - {'Effect', 'Action', 'Resource', 'Condition'} or s['Effect'] != 'Allow':
                raise AssertionError(f'not judged here: {s}')

    def allows(self, action, resource, **context):
        """context: {key: [values of the request]}, without its "route53:"."""
        return any(any(fnmatch.fnmatch(action.lower(), a.lower()) for a in listed(s['Action'])) and
                   any(fnmatch.fnmatchcase(resource, r) for r in listed(s['Resource'])) and
                   all(self.holds(*c, context) for c in s.get('Condition', {}).items()) for s in self.statements)

    def holds(self, operator, wanted, context):
        if operator != 'ForAllValues:StringEquals':
            raise AssertionError(f'{operator}: not judged here')
        for key, allowed in wanted.items():
            values = context.get(key.removeprefix('route53:'))
            if values is None:  # "ForAllValues" is also met by a request without the key: far too wide
                raise AssertionError(f'{key}: no key of this request')
            if not set(values) <= set(listed(allowed)):
                return False
        return True


def normalized(name):
    """route53:ChangeResourceRecordSetsNormalizedRecordNames: lower case, no final dot, others as octal escapes."""
    return re.sub(r'[^a-z0-9._-]', lambda m: f'\\{ord(m[0]):03o}', name.lower().removesuffix('.'))


class AzureRole:
    """A role (Azure RBAC) assigned at a scope: it holds there and below."""

    def __init__(self, text, scope):
        self.role, self.scope = json.loads(text), scope
        if not any(self.inside(scope, s) for s in self.role['AssignableScopes']):
            raise AssertionError(f'the role cannot be assigned at {scope}')

    @staticmethod
    def inside(resource, scope):
        return (resource.lower() + '/').startswith(scope.lower() + '/')

    def allows(self, action, resource):
        def match(patterns):
            return any(fnmatch.fnmatch(action.lower(), p.lower()) for p in patterns)
        return match(self.role['Actions']) and not match(self.role['NotActions']) and self.inside(resource, self.scope)
