"""What we change in CKAN's own answers. Knows CKAN's actions and no data."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.logic import auth_audit_exempt

if TYPE_CHECKING:
    from collections.abc import Callable

    Action = Callable[..., Any]

READING = {
    "": ("ckan.logic.action.get", ("package_show", "resource_show", "resource_view_list", "resource_view_show")),
    "datastore": ("ckanext.datastore.logic.action", ("datastore_search", "datastore_info")),
}
"""Plugin → its actions that show something of a dataset, and where they stand."""


class PortalPlugin(p.SingletonPlugin):
    """Tells who is not logged in that what they may not see is not there: a 403 would say that something is.

    Rules of access stay CKAN's; the RDF profile beside this is found by its own entry point.
    """

    p.implements(p.IActions)

    def get_actions(self) -> dict[str, Action]:
        """Stand before the actions that show a dataset, its files, its table."""
        return {
            name: unseen_is_not_there(getattr(import_module(module), name), is_audited=not plugin)
            for plugin, (module, names) in READING.items()
            if not plugin or p.plugin_loaded(plugin)
            for name in names
        }


def unseen_is_not_there(original: Action, *, is_audited: bool) -> Action:
    """Give an action that answers nobody's question after what nobody may see as if it were not there.

    CKAN audits that its own actions ask for a right, not those of plugins: the list of all tables asks for none.

    """

    def action(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
        try:
            return next_action(context, data_dict)
        except tk.NotAuthorized:
            if context.get("user"):  # who shows a token gets CKAN's own answer
                raise
            raise tk.ObjectNotFound from None

    # CKAN makes a bare `partial` of this and copies what lies here: without it `help_show` would have nothing to say.
    vars(action).update(__name__=original.__name__, __doc__=original.__doc__)
    tk.chained_action(tk.side_effect_free(action))
    return action if is_audited else auth_audit_exempt(action)
