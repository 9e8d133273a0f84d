"""A closed-world lint that says whether SQL is inside our model of what Redshift accepts, and PostgreSQL too.

`lint_sql` judges SQL; `compile_offline` and `lint_compilation` judge a region. A clean result means: no construct,
function or type outside the lists here. It does not mean that Redshift has run it.
"""

from dbt_regions.dbt_runner import BRANCHES
from dbt_regions.redshift_lint.allowances import Allowance, read_allowances
from dbt_regions.redshift_lint.compiled import Compilation, CompiledNode, compile_offline
from dbt_regions.redshift_lint.excuses import lint_files
from dbt_regions.redshift_lint.keys import read_keys
from dbt_regions.redshift_lint.lint import lint_sql
from dbt_regions.redshift_lint.region import lint_compilation
from dbt_regions.redshift_lint.reports import LintReport, SourceFinding
from dbt_regions.redshift_lint.rules import RULES, Finding, Rule, rule
from dbt_regions.redshift_lint.source_lines import Origin, find_origin
from dbt_regions.redshift_lint.source_texts import Place, SourceText
from dbt_regions.redshift_lint.words import is_template

__all__ = [
    "BRANCHES",
    "RULES",
    "Allowance",
    "Compilation",
    "CompiledNode",
    "Finding",
    "LintReport",
    "Origin",
    "Place",
    "Rule",
    "SourceFinding",
    "SourceText",
    "compile_offline",
    "find_origin",
    "is_template",
    "lint_compilation",
    "lint_files",
    "lint_sql",
    "read_allowances",
    "read_keys",
    "rule",
]
