export default function S(_: object) { return null }
