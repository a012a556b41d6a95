import JSON
import TestSupport
import Testing

/// A person at an open page, as a story tells of them: `viper.sends("…")`, `ghost.sees("…")`.
final class Participant {
    let name: String
    /// For what no story tells.
    let socket: WebSocketTestClient
    /// The room of the squad that was joined last.
    private(set) var room = ""
    private var asked = 0

    init(_ name: String, _ socket: WebSocketTestClient) {
        self.name = name
        self.socket = socket
    }

    /// What a frame asked for came to.
    struct Answer {
        let json: JSONValue
        var messageID: String? { self.json["ok"]?["message_id"]?.string }
        var sequence: Int? { self.json["ok"]?["seq"]?.integer }
        /// The code of the refusal; nil when there was none.
        var refusal: String? { self.json["error"]?["code"]?.string }
    }

    /// Enters the room of a squad; the newest page stands in ``Entry/page``.
    @discardableResult
    func joins(_ squad: String) async throws -> Entry {
        let answer = try await self.asks("join_squad_room", #"{"squad_id":"\#(squad)"}"#)
        guard answer.refusal == nil else { return Entry(answer: answer, page: []) }
        self.room = "squad_\(squad)"
        let history = try await self.socket.nextText(containing: "\"room_history\"")
        return Entry(answer: answer, page: try Transcript.messages(inHistory: history))
    }

    struct Entry {
        let answer: Answer
        let page: [Transcript.Message]
        var refusal: String? { self.answer.refusal }
    }

    /// Says something in the room joined last, or in another.
    @discardableResult
    func sends(_ text: String, as clientID: String? = nil, in room: String? = nil) async throws -> Answer {
        let id = clientID ?? "\(self.name)-\(self.asked)"
        return try await self.asks(
            "send_message", #"{"room_id":"\#(room ?? self.room)","content":"\#(text)","client_id":"\#(id)"}"#)
    }

    @discardableResult
    func reacts(_ emoji: String, to message: String, with event: String = "add_reaction") async throws -> Answer {
        try await self.asks(event, #"{"message_id":"\#(message)","emoji":"\#(emoji)"}"#)
    }

    /// Sees this text as the next new message that was not looked at yet.
    @discardableResult
    func sees(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) async throws -> JSONValue {
        let message = try await self.hears("new_message")
        #expect(message["data"]?["content"]?.string == text, "\(self.name)", sourceLocation: sourceLocation)
        return message
    }

    /// The next signal card.
    func seesCard(
        _ signal: String, within limit: Duration = .seconds(10), sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> JSONValue {
        let card = try JSONValue(
            parsing: try await self.socket.nextText(
                containing: "\"message_type\":\"trade_signal\"", within: limit
            ).utf8)
        #expect(
            card["data"]?["metadata"]?["signal_data"]?["signal_id"]?.string == signal, "\(self.name)",
            sourceLocation: sourceLocation)
        return card
    }

    /// The next event of this name, as a whole frame.
    func hears(_ event: String, within limit: Duration = .seconds(10)) async throws -> JSONValue {
        try JSONValue(
            parsing: try await self.socket.nextText(containing: "{\"event\":\"\(event)\"", within: limit).utf8)
    }

    /// Whether nothing of a room has come.
    func hasHeardNothing(of room: String) -> Bool { !self.socket.pending.contains { "\($0)".contains(room) } }

    private func asks(_ event: String, _ data: String) async throws -> Answer {
        self.asked += 1
        let id = "\"id\":\(self.asked),"
        self.socket.send("{\(id)\"event\":\"\(event)\",\"data\":\(data)}")
        return Answer(json: try JSONValue(parsing: try await self.socket.nextText(containing: "{\(id)").utf8))
    }
}

extension RunningSuite {
    /// Somebody of the demo who has signed in and opened a page.
    func person(_ name: String, gateway: Int = 0) async throws -> Participant {
        Participant(name, try await self.socket(name, gateway: gateway))
    }

    /// The same, in the room of a squad.
    func person(_ name: String, in squad: String, gateway: Int = 0) async throws -> Participant {
        let person = try await self.person(name, gateway: gateway)
        #expect(try await person.joins(squad).refusal == nil)
        return person
    }
}
