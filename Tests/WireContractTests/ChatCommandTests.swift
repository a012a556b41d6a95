import Testing

@testable import WireContract

struct ChatCommandTests {
    private func read(_ fields: [(name: String, value: [UInt8])]) throws -> ChatCommand {
        try ChatCommand { name in fields.first { $0.name == name }?.value }
    }

    @Test("every kind survives the stream", arguments: ChatCommand.Kind.allCases)
    func roundTrip(kind: ChatCommand.Kind) throws {
        let command = ChatCommand(
            kind: kind, id: "c-1", room: "squad_alpha", user: "viper-1", gateway: "g1", socket: "s1",
            correlation: "s1:7", producedAt: 1_700_000_000_000, data: Array("{}".utf8))
        #expect(try self.read(command.fields) == command)
    }

    @Test("a missing field, an unknown kind and an unprintable id are told apart")
    func refusals() throws {
        let fields = ChatCommand(kind: .leave, id: "c", room: "r", user: "u", producedAt: 1, data: []).fields
        #expect(throws: ChatCommand.DecodingError.missing(field: "kind")) {
            try self.read(fields.filter { $0.name != "kind" })
        }
        #expect(throws: ChatCommand.DecodingError.missing(field: "data")) {
            try self.read(fields.filter { $0.name != "data" })
        }
        #expect(throws: ChatCommand.DecodingError.unknownKind("dance")) {
            try self.read([("kind", Array("dance".utf8))] + fields.dropFirst())
        }
        for id in ["", "a b", "a\n", String(repeating: "x", count: 129)] {
            #expect(throws: ChatCommand.DecodingError.malformed(field: "id")) {
                try self.read(fields.map { $0.name == "id" ? ("id", Array(id.utf8)) : $0 })
            }
        }
        // It would break the header line of the answer.
        for correlation in ["", "a b", "a\n"] {
            #expect(throws: ChatCommand.DecodingError.malformed(field: "re")) {
                try self.read(fields + [("re", Array(correlation.utf8))])
            }
        }
    }
}
