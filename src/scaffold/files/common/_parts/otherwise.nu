    not-written {{ operation.name }} {{ file }}
{%- if operation.parameters %}
{%- set first = operation.parameters[0] %} --at {% if first.required %}(metadata ${{ first.name }}).span{% else %}(if ${{ first.name }} != {{ first.default }} { (metadata ${{ first.name }}).span }){% endif %}
{%- endif %}
