import JSON

/// Compares a frame of the running suite with its golden file: the same names, the same kinds of values.
enum Shape {
    /// Objects whose names are data, not contract.
    private static let free: Set<String> = ["reactions", "reaction_counts", "metadata", "signal_data", "own_reactions"]
    /// Fields that only some messages and refusals have.
    private static let optional: Set<String> = ["client_id", "reaction_counts", "field", "limit", "retry_after"]

    /// What differs, as paths; empty when the shapes agree.
    static func differences(golden: JSONValue, real: JSONValue, path: String = "") throws -> [String] {
        if golden.isNull || real.isNull { return [] }  // a field that may be null says nothing about its kind
        guard golden.kind == real.kind else { return ["\(path): \(golden.kind) became \(real.kind)"] }
        switch golden.kind {
        case .object:
            let expected = Dictionary(uniqueKeysWithValues: try golden.fields().map { ($0.name, $0.value) })
            let actual = Dictionary(uniqueKeysWithValues: try real.fields().map { ($0.name, $0.value) })
            let isFree = Self.free.contains(path.split(separator: ".").last.map(String.init) ?? "")
            var found = expected.keys.filter { actual[$0] == nil && !isFree && !Self.optional.contains($0) }.map {
                "\(path).\($0) is missing"
            }
            found += actual.keys.filter { expected[$0] == nil && !isFree && !Self.optional.contains($0) }.map {
                "\(path).\($0) is new"
            }
            for (name, value) in expected {
                guard let other = actual[name] else { continue }
                found += try self.differences(golden: value, real: other, path: "\(path).\(name)")
            }
            return found.sorted()
        case .array:
            guard let first = try golden.elements().first, let other = try real.elements().first else { return [] }
            return try self.differences(golden: first, real: other, path: "\(path)[]")
        case .string, .number, .boolean, .null: return []
        }
    }
}
