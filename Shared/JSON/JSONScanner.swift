/// Makes ``JSONValue``s of bytes that a ``JSONCursor`` has passed over: each is a slice of them.
struct JSONScanner {
    typealias Field = (name: String, value: JSONValue)

    private static let fewFields = 16

    private let bytes: ArraySlice<UInt8>
    private let maximumDepth: Int

    init(bytes: ArraySlice<UInt8>, maximumDepth: Int) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    /// One value with nothing but white space around it; with its fields when it is an object.
    func document() throws(JSONError) -> (value: JSONValue, fields: [Field]?) {
        try self.scan { (cursor) throws(JSONError) in
            cursor.skipWhitespace()
            let start = cursor.offset
            var fields: [Field]?
            let value: JSONValue
            if cursor.peek == UInt8(ascii: "{") {
                fields = try self.fields(&cursor)
                value = self.value(.object, start..<cursor.offset)
            } else {
                value = try self.value(&cursor)
            }
            try cursor.end()
            return (value, fields)
        }
    }

    /// The fields of the object that the bytes are.
    func fields() throws(JSONError) -> [Field] {
        try self.scan { (cursor) throws(JSONError) in try self.fields(&cursor) }
    }

    /// The elements of the array that the bytes are.
    func elements() throws(JSONError) -> [JSONValue] {
        try self.scan { (cursor) throws(JSONError) in
            var elements: [JSONValue] = []
            try cursor.array { (cursor) throws(JSONError) in elements.append(try self.value(&cursor)) }
            return elements
        }
    }

    /// The text of the string that the bytes are; nil when it holds half a surrogate pair.
    func string() -> String? {
        try? self.scan { (cursor) throws(JSONError) in cursor.string(try cursor.text()) }
    }

    private func fields(_ cursor: inout JSONCursor) throws(JSONError) -> [Field] {
        var fields: [Field] = []
        var names: Set<String> = []
        try cursor.object { (cursor, text) throws(JSONError) in
            guard let name = cursor.string(text) else { throw .malformed(offset: text.range.lowerBound) }
            let value = try self.value(&cursor)
            // Comparing is quicker for the few fields that an honest object has; thousands must not be compared in pairs.
            if fields.count == Self.fewFields { names = Set(fields.map(\.name)) }
            let isKnown =
                fields.count < Self.fewFields
                ? fields.contains { $0.name == name } : !names.insert(name).inserted
            if isKnown { throw .duplicateName(name) }
            fields.append((name, value))
        }
        return fields
    }

    private func value(_ cursor: inout JSONCursor) throws(JSONError) -> JSONValue {
        let start = cursor.offset
        let kind = try cursor.value()
        return self.value(kind, start..<cursor.offset)
    }

    private func value(_ kind: JSONValue.Kind, _ range: Range<Int>) -> JSONValue {
        let origin = self.bytes.startIndex
        return JSONValue(kind: kind, bytes: self.bytes[(origin + range.lowerBound)..<(origin + range.upperBound)])
    }

    private func scan<Result>(
        _ body: (inout JSONCursor) throws(JSONError) -> Result
    ) throws(JSONError) -> Result {
        try self.bytes.withUnsafeBufferPointer { (bytes) throws(JSONError) in
            var cursor = JSONCursor(UnsafeRawBufferPointer(bytes), maximumDepth: self.maximumDepth)
            return try body(&cursor)
        }
    }
}
