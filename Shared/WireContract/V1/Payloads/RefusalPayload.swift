public import Domain
import JSON

extension Refusal {
    /// What a client reads under `error`: `{"code":…,"message":…}` and, where they say something, `field`, `limit` and
    /// `retry_after` (seconds). Without line breaks.
    public var encoded: [UInt8] {
        var json = JSONWriter(capacity: 160)
        json.field("code", self.code.rawValue)
        json.field("message", self.message)
        if let field = self.field { json.field("field", field) }
        if let limit = self.limit { json.field("limit", limit) }
        if let retryAfter = self.retryAfter { json.field("retry_after", retryAfter) }
        return json.finish()
    }
}
