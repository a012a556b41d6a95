import Domain
import JSON

/// Reads the moments that engines write: RFC 3339, ISO 8601 without a zone (Python's `isoformat()` of a UTC time), a
/// blank for the `T`, seconds or milliseconds since 1970 as number or text.
enum EngineTime {
    /// - Returns: Nil when the field is absent or means nothing; the moment of the stream entry is then the better one.
    static func timestamp(_ field: (name: String, value: JSONValue)?) -> Timestamp? {
        guard let field, let text = try? EngineDocument.text(field) else { return nil }
        if let number = try? EngineDocument.number(field) {
            // Python's default for a moment that is not known.
            guard number.value != 0 else { return nil }
            return self.timestamp(epoch: number.value)
        }
        let withT = text.replacing(" ", with: "T", maxReplacements: 1)
        return Timestamp(rfc3339: withT) ?? Timestamp(rfc3339: withT + "Z")
    }

    /// Above 10¹¹ it is milliseconds: as seconds that would be the year 5138.
    private static func timestamp(epoch: Double) -> Timestamp? {
        let milliseconds = epoch > 1e11 ? epoch : epoch * 1_000
        guard (0..<253_402_300_800_000).contains(milliseconds) else { return nil }
        return Timestamp(milliseconds: Int64(milliseconds))
    }
}
