import Domain
import JSON
import NIOCore
import Redis
import TestSupport
import Testing
import WireContract
import WorkQueue

@testable import NotifierService

/// A squad to plan for.
struct SampleRoster: Roster {
    var all: [DirectoryUser]
    var version: Int { self.all.count }
    var isReady = true

    init(_ all: [DirectoryUser]) { self.all = all }

    func user(_ id: UserID) -> DirectoryUser? { self.all.first { $0.userID == id } }
    func users() -> [DirectoryUser] { self.all }

    /// The demo directory.
    static func demo() throws -> SampleRoster {
        SampleRoster(
            try People.all.map { person in
                try sampleUser(person.userID, squad: person.squadID, role: Role(rawValue: person.role) ?? .observer)
            })
    }
}

func sampleUser(
    _ id: String, squad: String = "alpha", role: Role = .recruit, callsign: String? = nil, username: String? = nil,
    email: String? = "-", isActive: Bool = true
) throws -> DirectoryUser {
    try DirectoryUser(
        userID: UserID(id), username: username ?? id, callsign: callsign ?? id.prefix(1).uppercased() + id.dropFirst(),
        squadID: SquadID(squad), role: role, rank: "Rank", email: email == "-" ? "\(id)@example.test" : email,
        isActive: isActive)
}

/// An outbox entry as chat writes it.
func sampleEvent(
    _ content: String, from user: String = "viper-1", room: String = "squad_alpha", sequence: Int = 1,
    at: Int = 1_000_000, type: String = "text", metadata: String = "{}", event: String = "new_message"
) -> RoomEvent {
    var json = JSONWriter()
    json.field("seq", sequence)
    json.field("message_id", "\(room).abc.\(sequence)")
    json.field("user_id", user)
    json.field("callsign", user.prefix(1).uppercased() + user.dropFirst())
    json.field("content", content)
    json.field("message_type", type)
    json.field("metadata", raw: metadata.utf8)
    return RoomEvent(
        event: event, room: room, epoch: "abc", sequence: sequence, user: user, commandID: "c\(sequence)", digest: "",
        answer: [], producedAt: at, message: "\(room).abc.\(sequence)", json: json.finish())
}

/// The event of the golden signal message: what chat writes, and posted at the message's own moment.
///
/// - Parameter fields: Put at the head of `signal_data`, such as `"stale":true,`, as integration puts them.
func goldenSignal(with fields: String = "") throws -> RoomEvent {
    let frame = try JSONValue(parsing: try Fixture.bytes("v1/server/new_message_signal.json"))
    let data = try #require(frame["data"])
    let timestamp = try #require(data["timestamp"]?.string.flatMap { Timestamp(rfc3339: $0) })
    let json = String(decoding: data.bytes, as: UTF8.self)
        .replacing(#""signal_data":{"#, with: #""signal_data":{\#(fields)"#)
    return RoomEvent(
        event: Publication.Event.newMessage, room: "squad_alpha", epoch: frame["epoch"]?.string ?? "",
        sequence: frame["seq"]?.integer ?? 0, user: "SYSTEM", commandID: "signal:S1:squad_alpha", digest: "",
        answer: [], producedAt: Int(timestamp.milliseconds), message: data["message_id"]?.string,
        json: Array(json.utf8))
}

let sampleSignal = """
    {"type":"trading_signal","signal_data":{"signal_id":"S1","pair":"EURUSD","direction":"BUY","tcs":84.5}}
    """

extension Methods {
    /// The notifier's ways with nobody behind them.
    static func sample(hasMail: Bool = true) -> Methods {
        struct Nobody: DeliveryProvider {
            func deliver(_ notifications: [Notification]) async -> [DeliveryError?] { notifications.map { _ in nil } }
        }
        return Methods([
            Self.realTime(Nobody()), Self.email(hasMail ? Nobody() : nil, retries: RetryPolicy(), connections: 1),
        ])
    }
}

/// `event` as it is read from the outbox.
func outboxEntry(_ event: RoomEvent) -> StreamEntry {
    let fields = [
        ("event", event.event), ("room", event.room), ("epoch", event.epoch), ("seq", "\(event.sequence)"),
        ("user", event.user), ("at", "\(event.producedAt)"), ("message", event.message ?? ""),
        ("flags", event.flag.text), ("json", String(decoding: event.json, as: UTF8.self)),
    ]
    return StreamEntry(
        id: StreamID(milliseconds: 1, sequence: UInt64(event.sequence)),
        fields: fields.map { ($0.0, ByteBuffer(string: $0.1)) })
}
