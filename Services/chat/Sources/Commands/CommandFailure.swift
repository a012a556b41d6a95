import Domain
import JSON

/// Why a command is not applied.
enum CommandFailure: Error {
    /// Somebody may not do this, or asked for it in a way that cannot be: they are told.
    case refused(Refusal)
    /// The entry can never be applied: it goes to the dead letters with the reason.
    case discarded(String)
}

extension Refusal {
    /// `{"code":…,"message":…}` and what else there is to say, without line breaks.
    var json: [UInt8] {
        var json = JSONWriter(capacity: 160)
        json.field("code", self.code.rawValue)
        json.field("message", self.message)
        if let field = self.field { json.field("field", field) }
        if let limit = self.limit { json.field("limit", limit) }
        if let retryAfter = self.retryAfter { json.field("retry_after", retryAfter) }
        return json.finish()
    }
}
