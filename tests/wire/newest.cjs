// The schemas of an AWS SDK for JavaScript 3 client, which know the newest members, written as a
// service model in the older format: operations, shapes, names, types and what is required; and the
// values of its enums by the shapes' names, which schemas do not tell.
//
//   node newest.cjs FOLDER_OF_NODE_MODULES PACKAGE
//
// A schema is a list that begins with its kind (1 list, 2 map, 3 structure, 9 operation), or stands
// for a scalar as a number: 1 number, 2 boolean, 4 to 7 times, 21 and 42 blobs, else text; 64 and
// 128 added make it a list or a map of such. [schema, traits] adds traits to it.
"use strict";
const { createRequire } = require("node:module");
const path = require("node:path");

const [folder, name] = process.argv.slice(2);
const client = createRequire(path.join(path.resolve(folder), "from.cjs"))(name);
const shapes = {};

function scalar(code) {
  if (code & 64) return { type: "list", member: scalar(code - 64) };
  if (code & 128) return { type: "map", key: {}, value: scalar(code - 128) };
  if (code === 1) return { type: "double" };
  if (code === 2) return { type: "boolean" };
  if (code >= 4 && code <= 7) return { type: "timestamp" };
  if (code === 21 || code === 42) return { type: "blob" };
  return { type: "string" };
}

function reference(schema) {
  if (typeof schema === "function") return reference(schema());
  if (typeof schema === "number") return scalar(schema);
  if (schema === "unit") return { type: "structure", members: {} };
  if (schema.length === 2) {
    const { xmlName } = schema[1] || {};
    return { ...reference(schema[0]), ...(xmlName ? { locationName: xmlName } : {}) };
  }
  describe(schema);
  return { shape: schema[2] };
}

function describe(schema) {
  const [kind, , name] = schema;
  if (name in shapes) return;
  shapes[name] = {}; // shapes may hold themselves
  if (kind === 1) shapes[name] = { type: "list", member: reference(schema[4]) };
  else if (kind === 2)
    shapes[name] = { type: "map", key: reference(schema[4]), value: reference(schema[5]) };
  else if (kind === 3 || kind === -3) {
    const [, , , , members, types, required = 0] = schema;
    const described = members.map((member, i) => [member, reference(types[i])]);
    shapes[name] = {
      type: "structure",
      required: members.slice(0, required),
      members: Object.fromEntries(described),
    };
  } else throw new Error(`${name}: kind ${kind} of schema is not known`);
}

const operations = {};
for (const schema of Object.values(client)) {
  if (!Array.isArray(schema) || schema[0] !== 9) continue;
  const [, , operation, , input, output] = schema;
  operations[operation] = { input: reference(input), output: reference(output) };
}
if (!Object.keys(operations).length) throw new Error(`${name} has no schemas`);
const enums = {};
for (const [shape, values] of Object.entries(client)) {
  if (!values || Object.getPrototypeOf(values) !== Object.prototype) continue;
  const texts = Object.values(values);
  if (texts.length && texts.every((text) => typeof text === "string")) enums[shape] = texts;
}
// Protocol and version are those of the service's other models.
console.log(JSON.stringify({ metadata: {}, operations, shapes, enums }));
