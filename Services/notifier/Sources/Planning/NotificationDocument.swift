import Domain
import JSON
import WorkQueue

/// The stored form of a notification: its JSON, and beside it the state of each way.
struct NotificationDocument {
    /// What became of one way.
    struct Status {
        let method: DeliveryMethod
        /// A ``JobState``, or `skipped`.
        var state: String
        var reason: String
        /// Milliseconds since 1970; only when it was delivered.
        var deliveredAt: Int?
    }

    /// The fields of ``Notification/json`` without the closing brace.
    private let head: [UInt8]
    private(set) var statuses: [Status]

    init(json: [UInt8], plan: MethodPlanner.Plan) {
        self.head = Array(json.dropLast())
        self.statuses =
            plan.methods.map { Status(method: $0, state: JobState.planned.rawValue, reason: "") }
            + plan.skipped.map { Status(method: $0.method, state: "skipped", reason: $0.reason) }
    }

    /// Reads ``encoded``.
    init?(stored: [UInt8]) {
        guard let json = try? JSONValue(parsing: stored), let notification = Notification(json: stored),
            let fields = try? json["delivery_status"]?.fields()
        else { return nil }
        self.head = Array(notification.json.dropLast())
        self.statuses = fields.compactMap { name, value in
            DeliveryMethod(rawValue: name).map {
                Status(method: $0, state: value["state"]?.string ?? "", reason: value["reason"]?.string ?? "")
            }
        }
    }

    mutating func set(_ method: DeliveryMethod, _ job: JobRecord) {
        for index in self.statuses.indices where self.statuses[index].method == method {
            self.statuses[index].state = job.state.rawValue
            self.statuses[index].reason = job.reason
            self.statuses[index].deliveredAt = job.state == .sent ? job.updatedAt : nil
        }
    }

    var encoded: [UInt8] {
        var bytes = self.head
        let first = self.statuses.compactMap(\.deliveredAt).min()
        bytes += ",\"delivered_at\":".utf8
        if let first {
            JSONWriter.append(Timestamp(milliseconds: Int64(first)).rfc3339, to: &bytes)
        } else {
            bytes += "null".utf8
        }
        bytes += ",\"delivery_methods_used\":".utf8
        JSONWriter.append(
            self.statuses.filter { $0.state == JobState.sent.rawValue }.map(\.method.rawValue), to: &bytes)
        bytes += ",\"delivery_status\":{".utf8
        for (index, status) in self.statuses.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONWriter.append(status.method.rawValue, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            var json = JSONWriter()
            json.field("state", status.state)
            json.field("reason", status.reason.isEmpty ? nil : status.reason)
            bytes += json.finish()
        }
        bytes += "}}".utf8
        return bytes
    }
}
