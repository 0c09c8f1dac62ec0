"""Writes testdata/golden.jsonl, or compares the C++ renderer with the peer.

    python make_testdata.py                  # needs transformers and jinja2
    python make_testdata.py fuzz PROGRAM COUNT [SEED]

PROGRAM is lethe_base_tests. The templates are our own, in the manner of those
of published models.
"""
import datetime
import json
import os
import random
import subprocess
import sys
import tempfile

from transformers.utils import chat_template_utils as peer

HERE = os.path.dirname(os.path.abspath(__file__))


class Day(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2026, 1, 31, 12)


peer.datetime = Day


def rendered(template, variables):
    try:
        compiled = peer._compile_jinja_template(template)
        return {"text": compiled.render(**json.loads(json.dumps(variables)))}
    except Exception as error:
        return {"error": str(error)}


CHATML = """{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0].role == 'system' %}
        {{- messages[0].content + '\\n\\n' }}
    {%- endif %}
    {{- "# Tools\\n<tools>" }}
    {%- for tool in tools %}
        {{- "\\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\\n</tools><|im_end|>\\n" }}
{%- elif messages[0].role == 'system' %}
    {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}
{%- endif %}
{%- set ns = namespace(multi_step=true, last=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.multi_step and message.role == "user" and message.content is string and not(message.content.startswith('<r>') and message.content.endswith('</r>')) %}
        {%- set ns.multi_step = false %}
        {%- set ns.last = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- set content = message.content if message.content is string else '' %}
    {%- if message.role == "user" or (message.role == "system" and not loop.first) %}
        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {%- set reasoning = '' %}
        {%- if message.reasoning_content is string %}
            {%- set reasoning = message.reasoning_content %}
        {%- elif '</think>' in content %}
            {%- set reasoning = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {%- if loop.index0 > ns.last and (loop.last or reasoning) %}
            {{- '<|im_start|>' ~ message.role ~ '\\n<think>\\n' ~ reasoning.strip('\\n') ~ '\\n</think>\\n\\n' ~ content.lstrip('\\n') }}
        {%- else %}
            {{- '<|im_start|>' + message.role + '\\n' + content }}
        {%- endif %}
        {%- if message.tool_calls %}
            {%- for tool_call in message.tool_calls %}
                {%- if (loop.first and content) or (not loop.first) %}{{- '\\n' }}{%- endif %}
                {%- if tool_call.function %}{%- set tool_call = tool_call.function %}{%- endif %}
                {{- '<tool_call>\\n{"name": "' ~ tool_call.name ~ '", "arguments": ' }}
                {%- if tool_call.arguments is string %}
                    {{- tool_call.arguments }}
                {%- else %}
                    {{- tool_call.arguments | tojson }}
                {%- endif %}
                {{- '}\\n</tool_call>' }}
            {%- endfor %}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == "tool" %}
        {%- if loop.first or (messages[loop.index0 - 1].role != "tool") %}{{- '<|im_start|>user' }}{%- endif %}
        {{- '\\n<r>\\n' ~ content ~ '\\n</r>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}{{- '<|im_end|>\\n' }}{%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}
{%- endif %}"""

LLAMA = """{{- bos_token }}
{%- if custom_tools is defined %}{%- set tools = custom_tools %}{%- endif %}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{%- if not tools is defined %}{%- set tools = none %}{%- endif %}
{#- The system message comes first. #}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|h|>system<|/h|>\\n\\nToday: " + date_string + "\\n" }}
{%- if tools is not none %}
    {%- for t in tools %}{{- t | tojson(indent=4) }}{{- "\\n\\n" }}{%- endfor %}
{%- endif %}
{{- system_message + "<|eot|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|h|>' + message['role'] + '<|/h|>\\n\\n'+ message['content'] | trim + '<|eot|>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls|length == 1 %}
            {{- raise_exception("This model only supports single tool-calls at once!") }}
        {%- endif %}
        {%- set tool_call = message.tool_calls[0].function %}
        {{- '<|h|>assistant<|/h|>\\n\\n' -}}
        {%- for arg_name, arg_val in tool_call.arguments | items %}
            {{- arg_name + '="' ~ arg_val ~ '"' }}
            {%- if not loop.last %}{{- ", " }}{%- endif %}
        {%- endfor %}
        {{- "<|eot|>" }}
    {%- else %}
        {{- "<|h|>ipython<|/h|>\\n\\n" }}
        {%- if message.content is mapping or message.content is iterable %}
            {{- message.content | tojson }}
        {%- else %}{{- message.content }}{%- endif %}
        {{- "<|eot|>" }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|h|>assistant<|/h|>\\n\\n' }}{%- endif %}
"""

MISTRAL = """{%- if messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}
{%- if not tools is defined %}{%- set tools = none %}{%- endif %}
{%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}
{%- set ns = namespace() %}
{%- set ns.index = 0 %}
{%- for message in loop_messages %}
    {%- if not (message.role == "tool" or (message.tool_calls is defined and message.tool_calls is not none)) %}
        {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
            {{- raise_exception("After the optional system message, roles must alternate") }}
        {%- endif %}
        {%- set ns.index = ns.index + 1 %}
    {%- endif %}
{%- endfor %}
{{- bos_token }}
{%- for message in loop_messages %}
    {%- if message["role"] == "user" %}
        {%- if tools is not none and (message == user_messages[-1]) %}
            {{- "[TOOLS] [" }}
            {%- for tool in tools %}
                {%- set tool = tool.function %}
                {{- '{"type": "function", "function": {' }}
                {%- for key, val in tool.items() if key != "return" %}
                    {%- if val is string %}{{- '"' + key + '": "' + val + '"' }}
                    {%- else %}{{- '"' + key + '": ' + val|tojson }}{%- endif %}
                    {%- if not loop.last %}{{- ", " }}{%- endif %}
                {%- endfor %}
                {{- "}}" }}
                {%- if not loop.last %}{{- ", " }}{%- else %}{{- "]" }}{%- endif %}
            {%- endfor %}
        {%- endif %}
        {%- if loop.last and system_message is defined %}
            {{- "[INST] " + system_message + "\\n\\n" + message["content"] + "[/INST]" }}
        {%- else %}{{- "[INST] " + message["content"] + "[/INST]" }}{%- endif %}
    {%- elif message.tool_calls is defined and message.tool_calls is not none %}
        {{- "[TOOL_CALLS] [" }}
        {%- for tool_call in message.tool_calls %}
            {%- set out = tool_call.function|tojson %}
            {{- out[:-1] }}
            {%- if not tool_call.id is defined or tool_call.id|length != 9 %}
                {{- raise_exception("Tool call IDs should be alphanumeric strings with length 9!") }}
            {%- endif %}
            {{- ', "id": "' + tool_call.id + '"}' }}
        {%- endfor %}
        {{- "]" + eos_token }}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"]|trim + eos_token}}
    {%- elif message["role"] in ["tool_results", "tool"] %}
        {%- set content = message.content.content if message.content is mapping and message.content.content is defined else message.content %}
        {{- '[R] {"content": ' + content|string + ", " }}
    {%- else %}
        {{- raise_exception("Only user and assistant roles are supported, not " ~ message.role) }}
    {%- endif %}
{%- endfor %}
"""

MACROS = """{%- macro type_of(p, deep=0) -%}
  {%- set names = {"string": "str", "integer": "int"} -%}
  {%- if p.type == "object" and p.properties -%}
    { {%- for k, v in p.properties.items() %}{{ k }}: {{ type_of(v, deep + 1) }}{{ ", " if not loop.last }}{% endfor -%} }
  {%- elif p.type in names -%}{{ names[p.type] }}
  {%- elif p.type == "array" -%}List[{{ type_of(p["items"]) }}]
  {%- else -%}Any{{ deep }}
  {%- endif -%}
{%- endmacro -%}
{% macro turn(role, end="</s>") %}
<{{ role|upper }}>
{{ caller() }}{{ end }}
{% endmacro %}
{% for tool in tools or [] %}
- {{ tool.function.name }}({{ type_of(tool.function.parameters) }}): {{ tool.function.description | default("none", true) | indent(2) }}
{% endfor %}
{% for message in messages %}
{% call turn(message.role, end=eos_token) %}
{%- if message.content is string %}{{ message.content | trim }}{% else %}
{%- for part in message.content or [] %}
{%- if part.type == 'image' %}<img {{ loop.index }}>{% elif part['type'] == 'text' %}{{ part['text'] | trim }}{% endif %}
{%- endfor %}{% endif %}
{% endcall %}
{% endfor %}
{%- if add_generation_prompt %}{% generation %}<A>{% set x = 1 %}{% endgeneration %}{% endif -%}
"""

GEMMA = """{{ bos_token }}
{%- if messages[0]['role'] == 'system' -%}
    {%- if messages[0]['content'] is string -%}
        {%- set first_user_prefix = messages[0]['content'] + '\\n\\n' -%}
    {%- else -%}
        {%- set first_user_prefix = messages[0]['content'][0]['text'] + '\\n\\n' -%}
    {%- endif -%}
    {%- set loop_messages = messages[1:] -%}
{%- else -%}
    {%- set first_user_prefix = "" -%}
    {%- set loop_messages = messages -%}
{%- endif -%}
{%- for message in loop_messages -%}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}
        {{ raise_exception("Conversation roles must alternate user/assistant/user/assistant/...") }}
    {%- endif -%}
    {%- set role = "model" if message['role'] == 'assistant' else message['role'] -%}
    {{ '<start_of_turn>' + role + '\\n' + (first_user_prefix if loop.first else "") }}
    {%- if message['content'] is string -%}
        {{ message['content'] | trim }}
    {%- elif message['content'] is iterable -%}
        {%- for item in message['content'] -%}
            {%- if item['type'] == 'image' -%}{{ '<img>' }}
            {%- elif item['type'] == 'text' -%}{{ item['text'] | trim }}{%- endif -%}
        {%- endfor -%}
    {%- else -%}{{ raise_exception("Invalid content type") }}{%- endif -%}
    {{ '<end_of_turn>\\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}{{'<start_of_turn>model\\n'}}{%- endif -%}
"""

DEEP = """{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}{% set ns = namespace(is_first=false, is_tool=false, system_prompt='', n=0) %}{%- for message in messages %}{%- if message['role'] == 'system' %}{% set ns.system_prompt = ns.system_prompt + ('\\n\\n' if ns.n else '') + message['content'] %}{% set ns.n = ns.n + 1 %}{%- endif %}{%- endfor %}{{bos_token}}{{ns.system_prompt}}{%- for message in messages %}{%- if message['role'] == 'user' %}{%- set ns.is_tool = false -%}{{'<U>' + message['content']}}{%- endif %}{%- if message['role'] == 'assistant' and message['content'] %}{% set content = message['content'] %}{% if '</think>' in content %}{% set content = content.split('</think>')[-1] %}{% endif %}{{'<A>' + content + eos_token}}{%- elif message['role'] == 'tool' %}{%- set ns.is_tool = true -%}{{'<T>' ~ message['content'] ~ '<E>'}}{%- endif %}{%- endfor -%}{% if ns.is_tool %}{{'<TE>'}}{% endif %}{% if add_generation_prompt and not ns.is_tool %}{{'<A>'}}{% endif %}
{% for m in messages if m.role != 'system' %}  {%+ if loop.first %}F{% endif %}
   {% if loop.last -%}   L {%- endif +%}
  {{ loop.revindex }}/{{ loop.length }} {{ loop.cycle('a', 'b') }}
  {% if loop.index > 3 %}{% break %}{% endif %}
{% else %}none
{% endfor %}"""

TEMPLATES = [CHATML, LLAMA, MISTRAL, MACROS, GEMMA, DEEP]

TEXTS = ["", " ", "Hi", "Hello there.\n", "\n\n  padded \t", "caf\u00e9 \u4f60\u597d",
         "emoji \U0001f600 x", "it's \"quoted\" \\ back", "<think>\nhm\n</think>\n\nyes",
         "<r>x</r>", "a\r\nb\rc", "tab\there", "\u00a0nbsp\u3000", "{{ no }} {% x %}",
         "\u0130\u00dfSTRASSE \u03a3\u03a3", "7", "3.5", "x" * 40, "null\u0001\u007f"]


def message(rng):
    role = rng.choice(["user", "user", "assistant", "assistant", "system", "tool"])
    m = {"role": role, "content": rng.choice(TEXTS)}
    if rng.random() < 0.1:
        m["content"] = [{"type": "text", "text": rng.choice(TEXTS)}, {"type": "image"}]
    if rng.random() < 0.05:
        m["content"] = rng.choice([None, 5, {"a": 1.5}])
    if role == "assistant" and rng.random() < 0.4:
        m["tool_calls"] = [
            {"id": rng.choice(["abcdefghi", "x"]), "type": "function",
             "function": {"name": "f" + str(i), "arguments": rng.choice(
                 [{"x": 1, "y": [1, 2.5, None, True]}, {"q": rng.choice(TEXTS)}, "{}", {}])}}
            for i in range(rng.choice([1, 1, 2]))]
    if rng.random() < 0.1:
        m["reasoning_content"] = rng.choice(TEXTS)
    return m


def chat(rng):
    messages = [message(rng) for _ in range(rng.randint(1, 5))]
    if rng.random() < 0.6:  # roles that alternate
        for i, m in enumerate(messages):
            if not isinstance(m["content"], str):
                m["content"] = rng.choice(TEXTS)
            m["role"] = ["user", "assistant"][i % 2]
            if m["role"] == "user":
                m.pop("tool_calls", None)
        if rng.random() < 0.4:
            messages.insert(0, {"role": "system", "content": rng.choice(TEXTS)})
    variables = {"messages": messages, "bos_token": "<s>", "eos_token": "</s>",
                 "add_generation_prompt": rng.random() < 0.5}
    if rng.random() < 0.5:
        variables["tools"] = rng.choice([None, [{"type": "function", "function": {
            "name": "get", "description": rng.choice(TEXTS), "parameters": {
                "type": "object", "properties": {
                    "a": {"type": "string"}, "b": {"type": "array", "items": {"type": "integer"}},
                    "c": {"type": "object", "properties": {"z": {"type": "number"}}}},
                "required": ["a"]}, "return": {"type": "string"}}}]])
    if rng.random() < 0.2:
        variables["enable_thinking"] = rng.random() < 0.5
    return variables


NAMES = ["messages", "m", "s", "n", "f", "d", "l", "none_such", "t", "loop"]
FILTERS = ["trim", "length", "upper", "lower", "title", "capitalize", "first", "last", "join(',')",
           "list", "tojson", "tojson(indent=2)", "string", "int", "float", "abs", "round", "round(1)", "sort",
           "unique|list", "reverse|list", "items|list", "dictsort", "default('D')", "default('D', true)",
           "replace('a', 'bb')", "map('upper')|list", "map(attribute='role')|list", "select|list",
           "selectattr('role', 'equalto', 'user')|list", "rejectattr('content')|list", "min", "max", "sum",
           "batch(2)|list", "indent", "indent(2, true)", "join", "select('string')|list", "reject('none')|list",
           "map('int')|join('-')", "sort(reverse=true)", "sort(attribute='role')|length", "count", "e",
           "round(0, 'ceil')", "tojson(sort_keys=true)", "tojson(ensure_ascii=true)", "tojson(separators=(',', ':'))"]
TESTS = ["defined", "undefined", "none", "string", "number", "integer", "float", "boolean", "mapping",
         "iterable", "sequence", "true", "false", "eq 1", "in [1, 'a']", "odd", "even", "divisibleby 2",
         "gt 1", "lower", "upper", "ne 'a'", "sameas none", "callable", "not none", "not string"]
METHODS = ["strip()", "lstrip('a ')", "rstrip()", "split()", "split('a')", "split(' ', 1)", "rsplit('a', 1)",
           "splitlines()", "startswith('a')", "endswith(('a', 'o'))", "replace('l', '')", "upper()", "title()",
           "capitalize()", "count('a')", "find('l')", "items()|list", "keys()|list", "values()|list", "get('a')",
           "get('zz', 7)", "index(1)", "append(1)", "role", "content", "a", "lower()", "swapcase()", "rfind('o')"]
LITERALS = ["1", "2", "0", "-3", "2.5", "1e20", "'abc'", "'A b-c (d'", "''", "true", "none", "[1, 2, 'x']", "[]",
            "{'a': 1, 'b': [2]}", "(1, 2)", "(1,)", "1.0", "0.1", "'\\n x'", "range(4)", "10000000000", "'it\\'s'",
            "[3, 1, 2]", "['b', 'A', 'a']", "{}"]


def expression(rng, depth):
    if depth <= 0:
        return rng.choice(NAMES + LITERALS)
    sub = lambda: expression(rng, depth - 1)
    kind = rng.randrange(16)
    if kind == 0: return f"({sub()} {rng.choice(['+', '-', '*', '/', '//', '%', '~', '+', '~'])} {sub()})"
    if kind == 1: return f"({sub()} {rng.choice(['==', '!=', '<', '>=', 'in', 'not in'])} {sub()})"
    if kind == 2: return f"({sub()} {rng.choice(['and', 'or'])} {sub()})"
    if kind in (3, 4, 5): return f"({sub()})|{rng.choice(FILTERS)}"
    if kind == 6: return f"({sub()} is {rng.choice(TESTS)})"
    if kind in (7, 8): return f"({sub()}).{rng.choice(METHODS)}"
    if kind == 9: return f"({sub()})[{rng.choice(['0', '-1', '1:', ':-1', '::-1', '::2', '5', chr(39) + 'a' + chr(39), '-2:', '3:1:-1'])}]"
    if kind == 10: return f"({sub()} if {sub()} else {sub()})"
    if kind == 11: return f"({sub()} if {sub()})"
    if kind == 12: return f"[{sub()}, {sub()}]"
    if kind == 13: return f"{{'k': {sub()}, {rng.choice(['1', chr(39) + 'z' + chr(39)])}: {sub()}}}"
    if kind == 14: return f"not {sub()}"
    return rng.choice(["'%s-%s' % (" + sub() + ", " + sub() + ")", "-" + sub(), sub() + " < " + sub() + " < " + sub(),
                       "dict(a=" + sub() + ")", "'{} {}'.format(" + sub() + ", 1)"])


def space(rng): return rng.choice(["", "", " ", "\n", "  \n  ", "x", " y\n", "\n\n", "\t", "é"])


def tag(rng, body):
    return "{%" + rng.choice(["", "", "-", "+"]) + " " + body + " " + rng.choice(["", "", "-", "+"]) + "%}"


def out(rng, body):
    return "{{" + rng.choice(["", "", "-"]) + " " + body + " " + rng.choice(["", "", "-"]) + "}}"


def template(rng, depth):
    parts = []
    for _ in range(rng.randint(1, 3)):
        parts.append(space(rng))
        kind = rng.randrange(12) if depth > 0 else rng.randrange(3)
        body = lambda: template(rng, depth - 1)
        e = lambda: expression(rng, rng.randint(0, 2))
        if kind < 3: parts.append(out(rng, e()))
        elif kind == 3:
            parts.append(tag(rng, "if " + e()) + body())
            if rng.random() < 0.4: parts.append(tag(rng, "elif " + e()) + body())
            if rng.random() < 0.5: parts.append(tag(rng, "else") + body())
            parts.append(tag(rng, "endif"))
        elif kind in (4, 5):
            test = " if " + e() if rng.random() < 0.2 else ""
            parts.append(tag(rng, f"for {rng.choice(['m', 'm', 's', 'a, b'])} in {rng.choice(['messages', 'l', 'd', 'd.items()', 's', e()])}{test}"))
            parts.append(out(rng, rng.choice(["loop.index", "loop.first", "loop.last", "loop.length", "loop.previtem", "loop.nextitem is defined", "loop.revindex0", "loop.cycle(1, 'z')"])))
            parts.append(body())
            if rng.random() < 0.2: parts.append(tag(rng, "if loop.index > 1") + tag(rng, rng.choice(["break", "continue"])) + tag(rng, "endif"))
            if rng.random() < 0.2: parts.append(tag(rng, "else") + body())
            parts.append(tag(rng, "endfor"))
        elif kind == 6: parts.append(tag(rng, f"set {rng.choice(['m', 's', 'n', 't'])} = {e()}"))
        elif kind == 7: parts.append(tag(rng, f"set {rng.choice(['s', 't'])}{rng.choice(['', ' | upper', ' | trim | length'])}") + body() + tag(rng, "endset"))
        elif kind == 8: parts.append(tag(rng, "set ns = namespace(x=1)") + tag(rng, f"set ns.x = {e()}") + out(rng, "ns.x"))
        elif kind == 9:
            parts.append(tag(rng, f"macro g(p, q={rng.choice(LITERALS)})") + out(rng, "p") + out(rng, "q") + body() + tag(rng, "endmacro"))
            parts.append(out(rng, f"g({rng.choice(['', e(), e() + ', q=' + e()])})"))
        elif kind == 10: parts.append("{#" + rng.choice(["", "-"]) + " c\n" + rng.choice(["", "-"]) + "#}" + "{% raw %} {{ r }}\n{% endraw %}")
        else: parts.append(tag(rng, rng.choice(["generation", "filter upper", "with t = " + rng.choice(LITERALS)])))
        if kind == 11:
            end = parts[-1].strip("{}%+- ").split()[0]
            parts.append(body() + tag(rng, "end" + end))
    return "".join(parts) + space(rng)


def random_row(rng):
    if rng.random() < 0.4:
        return {"template": rng.choice(TEMPLATES), "variables": chat(rng)}
    variables = {"messages": [{"role": rng.choice(["user", "assistant"]), "content": rng.choice(TEXTS)} for _ in range(rng.randint(0, 3))],
                 "m": {"role": "user", "content": rng.choice(TEXTS), "a": [1, {"b": None}]}, "s": rng.choice(TEXTS),
                 "n": rng.choice([0, 1, 2, -7, 3, 100]), "f": rng.choice([0.5, 2.5, -1.25, 1e16, 3.0, 1e-5, 0.1]),
                 "d": {"b": 2, "a": "x", "C": rng.choice(TEXTS)}, "l": rng.choice([[1, 2, 3], ["b", "a", "B"], [], [[1, 2], [3, 4]], [1.5, True]])}
    return {"template": template(rng, 2), "variables": variables}


def fuzz(program, count, seed):
    rng = random.Random(seed)
    rows = [random_row(rng) for _ in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        given, made = folder + "/rows", folder + "/out"
        with open(given, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        subprocess.run([program, "--gtest_filter=*RendersRowsForComparison", "--gtest_brief=1"], check=True,
                       env={**os.environ, "LETHE_CHAT_ROWS": given, "LETHE_CHAT_OUT": made})
        with open(made, encoding="utf-8") as file:
            got = [json.loads(line) for line in file]
    equal = texts = unprintable = 0
    shown = 0
    for row, mine in zip(rows, got, strict=True):
        want = rendered(row["template"], row["variables"])
        same = mine.get("text") == want["text"] if "text" in want else "error" in mine
        texts += "text" in want and same
        refused = "text" in want and any(word in mine.get("error", "") for word in (
            "is not supported", "64 bits"))
        equal += same
        unprintable += refused and not same
        if not same and not refused and shown < int(os.environ.get("SHOW", 12)):
            shown += 1
            print(json.dumps({**row, "want": want, "got": mine}))
    print(f"{count} renders: {equal} equal ({texts} texts, {equal - texts} errors), "
          f"{unprintable} refused by name, {count - equal - unprintable} different")


def main():
    rng = random.Random(0)
    with open(HERE + "/testdata/golden.jsonl", "w", encoding="utf-8") as file:
        for _ in range(160):
            row = random_row(rng)
            result = rendered(row["template"], row["variables"])
            if "error" in result:
                # Own words differ; those that a template raises are the peer's.
                if "raise_exception" not in row["template"] or any(
                        word in result["error"] for word in ("object", "undefined", "str", "type")):
                    continue
            if " at 0x" in result.get("text", ""):
                continue
            file.write(json.dumps({**row, **result}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["fuzz"]:
        fuzz(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]) if sys.argv[4:] else 1)
    else:
        main()
