import protobuf from 'protobufjs';

// The messages of the ONNX format (onnx.proto, version 8 of the intermediate representation) that the models here need, with the
// field numbers of that file.
const messages: Readonly<Record<string, Readonly<Record<string, readonly [type: string, id: number]>>>> = {
  ModelProto: { irVersion: ['int64', 1], graph: ['GraphProto', 7], opsetImport: ['repeated OperatorSetIdProto', 8] },
  OperatorSetIdProto: { domain: ['string', 1], version: ['int64', 2] },
  GraphProto: {
    node: ['repeated NodeProto', 1],
    name: ['string', 2],
    initializer: ['repeated TensorProto', 5],
    input: ['repeated ValueInfoProto', 11],
    output: ['repeated ValueInfoProto', 12],
  },
  NodeProto: {
    input: ['repeated string', 1],
    output: ['repeated string', 2],
    name: ['string', 3],
    opType: ['string', 4],
    attribute: ['repeated AttributeProto', 5],
  },
  AttributeProto: { name: ['string', 1], i: ['int64', 3], type: ['int32', 20] },
  TensorProto: {
    dims: ['repeated int64', 1],
    dataType: ['int32', 2],
    name: ['string', 8],
    rawData: ['bytes', 9],
  },
  ValueInfoProto: { name: ['string', 1], type: ['TypeProto', 2] },
  TypeProto: { tensorType: ['TensorTypeProto', 1] },
  TensorTypeProto: { elemType: ['int32', 1], shape: ['TensorShapeProto', 2] },
  TensorShapeProto: { dim: ['repeated DimensionProto', 1] },
  DimensionProto: { dimValue: ['int64', 1] },
};

const root = new protobuf.Root();
for (const [name, fields] of Object.entries(messages)) {
  const type = new protobuf.Type(name);
  for (const [field, [text, id]] of Object.entries(fields)) {
    const repeated = text.startsWith('repeated ');
    type.add(new protobuf.Field(field, id, text.replace('repeated ', ''), repeated ? 'repeated' : undefined));
  }
  root.add(type);
}

/** Returns the bytes of a model; `model` has the fields of ModelProto. */
export function encodeModel(model: Readonly<Record<string, unknown>>): Uint8Array {
  const type = root.lookupType('ModelProto');
  return type.encode(type.fromObject(model)).finish();
}
