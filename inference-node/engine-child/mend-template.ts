// Templates are tried by their makers with Python's Jinja, which goes on where a value is missing or of another type, and the library
// here does not. What families of models lean on is written out; a template without it stays as it is.

/** Of the macro that Hermes 2 and 3 describe parameters with: a type that is missing or a list, items of lists, no description. */
const MENDED: readonly (readonly [from: string, to: string])[] = [
  [
    'if basic_type_map[json_spec.type] is defined',
    'if json_spec.type is string and basic_type_map[json_spec.type] is defined',
  ],
  ['elif json_spec.type is iterable', 'elif json_spec.type is iterable and json_spec.type is not string'],
  ['json_to_python_type(json_spec|items)', 'json_to_python_type(json_spec["items"] or {})'],
  ['param_fields.description|trim', '(param_fields.description or "")|trim'],
];

export function mendTemplate(template: string): string {
  return MENDED.reduce((mended, [from, to]) => mended.replaceAll(from, to), template);
}
