"""Text that means harm: mentions, links, directions, marks, halves of characters, and far too much of it."""

from hypothesis import strategies as st

ATTACKS = (
    "<!channel>",
    "<!here|here>",
    "<!everyone>",
    "<@U0EVIL>",
    "<!subteam^S0EVIL>",
    "<#C0EVIL>",
    "<https://evil.example.com|your bank>",
    "<!date^0^{time}^https://evil.example.com|now>",
    "[your bank](https://evil.example.com)",
    "![](https://evil.example.com/x.png)",
    "https://evil.example.com",
    "&lt;!channel&gt;",
    "\u202egnp.exe\u2066",
    "e" + "\u0301" * 50,
    "\x00\x1b[2J",
    "\ud83d",
    "\n\n# Heading\n| a | b |\n|---|---|\n> quote\n```\ncode",
    "{{ 7 * 7 }}{% raw %}",
    "👩‍👩‍👧‍👦🇩🇪",
    "\u2060\u200d\u200d",
    "x" * 5000,
)

ANY = st.text(st.characters(exclude_categories=()), max_size=40)

HOSTILE = st.lists(st.sampled_from(ATTACKS) | ANY, max_size=6).map("".join)
