"""The menu as ivr/flow and content/menu have it; `python -m tests.docs.menu` writes it into docs/telephone.md."""

import ast
import inspect
from collections.abc import Callable, Iterator
from types import ModuleType

from ivr.flow import NODES, Node, load_menus
from ivr.reply import Then
from outbox.templates import load_templates
from outbox.words import load_prompts
from policies.languages import Language
from policies.technician_replies import _WORDS as REPLY_WORDS, Command
from tests.architecture.rooms import PROJECT
from tests.docs.pages import DOCS
from tests.docs.picture import Place, draw_menu

PAGE, PICTURE = DOCS / "telephone.md", DOCS / "pictures" / "menu.svg"
SHOWN = PROJECT / "content" / "menu" / "menu.svg"
"""The same picture without colours of its own: the page of a call shows its way through it, in any later release."""
BEGIN, END = "<!-- written by python -m tests.docs.menu -->\n", "<!-- end -->\n"
PROMPTS = load_prompts(Language.ZH)
AFTER_A_MESSAGE = ("closing",)
WAYS_ON = {
    Then.CHOICE: "one key",
    Then.ENTRY: "digits, ended by `#`",
    Then.RECORD: "a message after the tone",
    Then.HANG_UP: "the hotline says goodbye",
    Then.WAIT: "a place in the queue",
    Then.JOIN: "a talk with a person",
    Then.HOLD: "music",
    Then.CONNECT: "a talk through us",
}


def list_places() -> list[Place]:
    """Return every node of the menu in the order of ivr/flow."""
    return [_read_menu(name) if name in load_menus() else _read_place(node) for name, node in NODES.items()]


def _read_menu(name: str) -> Place:
    menu = load_menus()[name]
    ways = (Then.CHOICE, Then.HANG_UP) if menu.ends_on_silence else (Then.CHOICE,)
    says = (*menu.says, *menu.says_in_the_other_language)
    return Place(name, says, (), ways, _once(way.to for way in menu.keys.values()))


def _read_place(node: Node) -> Place:
    entering, leaving = list(_walk(node.enter)), list(_walk(node.answer))
    called = [part.func.id for part in entering if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)]
    returns = [part for part in leaving if isinstance(part, ast.Return)]
    passed_on = [part for part in entering if isinstance(part, ast.Return) and _is_a_name(part.value)]
    ways = tuple(way for way in Then if way in called)
    leads_to = _once(text for part in [*passed_on, *returns] for text in _texts(ast.walk(part)) if text in NODES)
    return Place(
        node.name,
        says=_once(text for part in entering if _is_line(part) for text in _texts(ast.walk(part)) if text in PROMPTS),
        says_on_leaving=_once(text for part in leaving if _says_first(part) for text in _texts(ast.walk(part))),
        then=ways,
        leads_to=AFTER_A_MESSAGE if Then.RECORD in ways else leads_to,
    )


def _walk(function: Callable[..., object]) -> Iterator[ast.AST]:
    """Yield the parts of a function as they stand, and the module's own functions and tables where they are used."""
    module = inspect.getmodule(function)
    assert module is not None
    functions, tables = _functions_of(module), _tables_of(module)
    pending: list[ast.AST] = [functions.pop(function.__name__)]
    while pending:
        part = pending.pop(0)
        yield part
        inner = list(ast.iter_child_nodes(part))
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id in functions:
            inner.append(functions.pop(part.func.id))  # once is enough to know what it says
        if isinstance(part, ast.Name) and part.id in tables:
            inner.append(tables.pop(part.id))
        pending = inner + pending


def _functions_of(module: ModuleType) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(inspect.getsource(module))
    return {part.name: part for part in tree.body if isinstance(part, ast.FunctionDef)}


def _tables_of(module: ModuleType) -> dict[str, ast.expr]:
    tree = ast.parse(inspect.getsource(module))
    return {
        part.targets[0].id: part.value
        for part in tree.body
        if isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Name) and isinstance(part.value, ast.Dict)
    }


def _texts(parts: Iterator[ast.AST] | list[ast.AST]) -> Iterator[str]:
    return (part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))


def _says_first(part: ast.AST) -> bool:
    return isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr == "say_first"


def _is_line(part: ast.AST) -> bool:
    """Tell whether the code makes a sentence here, or stands in a table of them."""
    is_made = isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == "Line"
    return is_made or _says_first(part) or isinstance(part, ast.Dict)


def _is_a_name(value: ast.expr | None) -> bool:
    """Tell whether a place that has nothing to ask names another one here."""
    return isinstance(value, ast.Constant) and value.value in NODES


def _once(texts: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def write_menu() -> str:
    """Return the part of docs/telephone.md that is written from the code and from content/."""
    places = list_places()
    known = {prompt for place in places for prompt in (*place.says, *place.says_on_leaving)}
    anywhere = [prompt for prompt in PROMPTS if prompt not in known]
    said = [*(_describe(place) for place in places), "### Said anywhere\n", _table(anywhere)]
    return "\n".join(["## What each place says\n", *said, "## What is texted\n", _messages(), _replies()])


def _describe(place: Place) -> str:
    if not place.says:
        return f"### `{place.name}`\n\nNothing is said here: it leads on to `{place.leads_to[0]}`.\n"
    ways = " or ".join(WAYS_ON[way] for way in place.then)
    leads = f" → {', '.join(f'`{name}`' for name in place.leads_to)}" if place.leads_to else ""
    return f"### `{place.name}`\n\n{_table([*place.says, *place.says_on_leaving])}\nThen {ways}{leads}.\n"


def _table(prompts: list[str]) -> str:
    lines = ["| sentence | 中文 | English |", "|---|---|---|"]
    english = load_prompts(Language.EN)
    lines += [f"| `{prompt}` | {PROMPTS[prompt]} | {english[prompt]} |" for prompt in prompts]
    return "\n".join([*lines, ""])


def _messages() -> str:
    chinese, english = load_templates(Language.ZH), load_templates(Language.EN)
    lines = ["| message | 中文 | English |", "|---|---|---|"]
    sent = [(name, message.text) for name, message in chinese.items() if _is_sent(name)]
    lines += [f"| `{name}` | {text} | {english[name].text} |" for name, text in sent]
    return "\n".join([*lines, ""])


def _is_sent(name: str) -> bool:
    """Tell whether a use case names the message, or makes its name from the first word and a state."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in (PROJECT / "operations").rglob("*.py"))
    return f'"{name}"' in code or f'f"{name.partition("_")[0]}_{{' in code


def _replies() -> str:
    lines = ["## What technicians text back\n", "| report | understood |", "|---|---|"]
    lines += [f"| `{command}` | {' · '.join(words)} |" for command, words in sorted(REPLY_WORDS.items(), key=_digit)]
    return "\n".join([*lines, ""])


def _digit(reply: tuple[Command, tuple[str, ...]]) -> str:
    return reply[1][0]


def main() -> None:
    """Write the menu into docs/telephone.md and draw its picture."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}{write_menu()}{END}{after}", encoding="utf-8")
    PICTURE.write_text(draw_menu(list_places()), encoding="utf-8")
    SHOWN.write_text(draw_menu(list_places(), has_style=False), encoding="utf-8")


if __name__ == "__main__":
    main()
