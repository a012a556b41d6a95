import JSON

/// What a test reads out of the frames it was sent.
enum Transcript {
    struct Message: Equatable {
        let messageID: String
        let sequence: Int
        let content: String
        let type: String
        var clientID: String?
        var signalID: String?
    }

    struct NotAFrame: Error { let text: String }

    static func messages(inHistory text: String) throws -> [Message] {
        try self.messages(JSONValue(parsing: text.utf8)["data"]?["messages"], text)
    }

    static func messages(inAnswer text: String) throws -> [Message] {
        try self.messages(JSONValue(parsing: text.utf8)["ok"]?["messages"], text)
    }

    private static func messages(_ list: JSONValue?, _ text: String) throws -> [Message] {
        guard let elements = try list?.elements() else { throw NotAFrame(text: text) }
        return try elements.map { element in
            guard let id = element["message_id"]?.string, let sequence = element["seq"]?.integer,
                let content = element["content"]?.string, let type = element["message_type"]?.string
            else { throw NotAFrame(text: text) }
            return Message(
                messageID: id, sequence: sequence, content: content, type: type,
                clientID: element["client_id"]?.string,
                signalID: element["metadata"]?["signal_data"]?["signal_id"]?.string)
        }
    }
}
