# SPDX-License-Identifier: Apache-2.0
"""A disk that fails, and a death, at every call that changes something: the renewal's here, all others by disk_faults.py --all."""
from disk_faults import run_cases


def test_a_renewal_survives_a_failure_and_a_death_at_every_call(folder):
    said = []
    passed, failed = run_cases(folder, jobs=3, show=said.append)
    if failed or passed < 150:
        raise AssertionError('\n'.join(said + [f'{passed} passed, {len(failed)} failed']))
