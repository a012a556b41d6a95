import JSON
import WireContract

/// What the stand-in answers to who comes, who comes back, and gateways that missed something.
extension FakeChat {
    func join(_ command: ChatCommand) async throws {
        try await self.publish(
            Publication(
                event: Publication.Event.userJoined, room: command.room, epoch: self.room(command.room).epoch,
                sequence: nil,
                user: command.user, json: Array("{\"user_id\":\"\(command.user)\"}".utf8)))
        let room = self.room(command.room)
        try await self.reply(
            command, room, rights: command.user == "owl-3" ? 17 : 31,
            answer: Array("{\"room_id\":\"\(command.room)\"}".utf8), pushes: [Self.page(command.room, room)])
    }

    func resume(_ command: ChatCommand, _ data: JSONValue) async throws {
        let room = self.room(command.room)
        let seq = data["seq"]?.integer ?? 0
        let recovered = data["epoch"]?.string == room.epoch && seq <= room.sequence
        let missed =
            recovered
            ? room.log.filter { ($0.sequence ?? 0) > seq }
            : [Self.page(command.room, room)]
        try await self.reply(
            command, room, answer: Array("{\"room_id\":\"\(command.room)\",\"recovered\":\(recovered)}".utf8),
            pushes: missed)
    }

    func catchUp(_ command: ChatCommand, _ data: JSONValue) async throws {
        var pushes: [Publication] = []
        for entry in try data["rooms"]?.elements() ?? [] {
            let parts = try entry.elements()
            guard parts.count == 3, let name = parts[0].string, let seq = parts[2].integer else { continue }
            let room = self.room(name)
            let isKnown = parts[1].string == room.epoch
            let state = Publication.Header(
                event: Publication.Event.roomState, room: name, epoch: room.epoch, sequence: room.sequence,
                completeness: isKnown ? .complete : .lost)
            pushes.append(Publication(header: state, json: Array("{}".utf8)))
            if isKnown { pushes += room.log.filter { ($0.sequence ?? 0) > seq } }
        }
        try await self.reply(command, nil, pushes: pushes)
    }

    private static func page(_ name: String, _ room: Room) -> Publication {
        Publication(
            event: Publication.Event.roomHistory, room: name, epoch: room.epoch, sequence: room.sequence,
            json: self.history(name, room))
    }

    static func history(_ name: String, _ room: Room) -> [UInt8] {
        let messages = room.log.suffix(50).map { String(decoding: $0.json, as: UTF8.self) }.joined(separator: ",")
        return Array("{\"room_id\":\"\(name)\",\"messages\":[\(messages)],\"has_more\":false}".utf8)
    }
}
