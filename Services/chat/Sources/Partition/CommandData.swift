import Domain
import JSON

/// The payload of a command: one JSON object, read strictly.
struct CommandData {
    /// How deeply a payload may nest. A signal stands inside `metadata` inside a message: what is let in here must be
    /// readable there by everybody.
    static let maximumDepth = 16

    private let fields: [(name: String, value: JSONValue)]

    /// - Throws: `bad_json` for anything but an object.
    init(_ bytes: [UInt8]) throws(CommandFailure) {
        do throws(JSONError) {
            self.fields = try JSONValue.fields(parsing: bytes, maximumDepth: Self.maximumDepth)
        } catch {
            throw .refused(Refusal(.badJSON, "The data is not a JSON object."))
        }
    }

    /// Every field, in order.
    var all: [(name: String, value: JSONValue)] { self.fields }

    /// The value of a field; nil when it is absent or `null`.
    subscript(name: String) -> JSONValue? {
        guard let value = self.fields.first(where: { $0.name == name })?.value, !value.isNull else { return nil }
        return value
    }

    func string(_ name: String) throws(CommandFailure) -> String? {
        guard let value = self[name] else { return nil }
        guard let text = value.string else { throw Self.invalid(name, "must be a text") }
        return text
    }

    func requiredString(_ name: String) throws(CommandFailure) -> String {
        guard let text = try self.string(name) else { throw Self.invalid(name, "is missing") }
        return text
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws(CommandFailure) -> Int? {
        guard let value = self[name] else { return nil }
        guard let number = value.integer, range.contains(number) else {
            throw Self.invalid(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// An object as JSON without line breaks, at most `limit` bytes long.
    func object(_ name: String, limit: Int) throws(CommandFailure) -> [UInt8]? {
        guard let value = self[name] else { return nil }
        guard value.kind == .object else { throw Self.invalid(name, "must be an object") }
        let compact = JSONWriter.compact(value)
        guard compact.count <= limit else {
            throw .refused(
                Refusal(.invalidField, "\(name) may hold at most \(limit) bytes.", field: name, limit: limit))
        }
        return compact
    }

    static func invalid(_ name: String, _ problem: String) -> CommandFailure {
        .refused(Refusal(.invalidField, "\(name) \(problem).", field: name))
    }
}

extension CommandData {
    /// A message of the room, nil when the field is absent.
    func messageID(_ name: String, in room: String) throws(CommandFailure) -> MessageID? {
        guard let text = try self.string(name) else { return nil }
        guard let message = try? MessageID(text), message.room.rawValue == room else {
            throw .refused(Refusal(.messageNotFound, "There is no such message in this room."))
        }
        return message
    }

    func signalID() throws(CommandFailure) -> SignalID {
        guard let text = try self.string("signal_id"), let signal = try? SignalID(text) else {
            throw .refused(Refusal(.invalidSignal, "signal_id is missing or malformed.", field: "signal_id"))
        }
        return signal
    }
}
