import Domain
import WireContract

/// `catch_up {"rooms":[[room, epoch, seq],…]}`: a gateway that may have missed something asks for many rooms.
struct CatchUp: Question {
    private let correlation: String
    /// Where the gateway is in each room.
    private let rooms: [(room: String, keys: RoomKeys, epoch: String, sequence: Int)]

    nonisolated(nonsending) init(_ context: CommandContext) async throws(CommandFailure) {
        let data = try CommandData(context.command.data)
        guard let list = try? data["rooms"]?.elements(), list.count <= ChatLimits.catchUpRooms else {
            throw CommandData.invalid("rooms", "must be a list of at most \(ChatLimits.catchUpRooms) rooms")
        }
        var rooms: [(room: String, keys: RoomKeys, epoch: String, sequence: Int)] = []
        for item in list {
            guard let parts = try? item.elements(), parts.count == 3, let name = parts[0].string,
                let room = try? RoomID(name), let epoch = parts[1].string, let sequence = parts[2].integer,
                sequence >= 0
            else { throw CommandData.invalid("rooms", "holds what is not a room, an epoch and a seq") }
            rooms.append((room.rawValue, context.keys.room(room.rawValue), epoch, sequence))
        }
        self.rooms = rooms
        self.correlation = context.command.correlation ?? ""
    }

    func answer(_ reading: RoomReading) async throws -> ChatReply {
        let states = try await reading.states(of: self.rooms.map { ($0.room, $0.keys) })
        var questions: [MissedQuestion] = []
        for (room, state) in zip(self.rooms, states) {
            guard let state else { continue }
            questions.append(
                MissedQuestion(
                    room: room.room, keys: room.keys, state: state, epoch: room.epoch, sequence: room.sequence))
        }
        var answers = try await reading.missed(questions, mayBeCut: true)[...]
        var pushes: [Publication] = []
        for (room, state) in zip(self.rooms, states) {
            guard let state else {
                pushes.append(Self.standing(room.room, epoch: "-", nil, .lost))
                continue
            }
            guard let missed = answers.removeFirst() else {
                pushes.append(Self.standing(room.room, epoch: state.epoch, state.sequence, .lost))
                continue
            }
            let completeness: Publication.Completeness = missed.last < state.sequence ? .morePages : .complete
            pushes.append(Self.standing(room.room, epoch: state.epoch, missed.last, completeness))
            pushes += missed.events
        }
        return ChatReply(
            correlation: self.correlation, succeeded: true, answer: Array("{}".utf8), pushes: pushes)
    }

    /// Where a room stands, before what it missed.
    private static func standing(
        _ room: String, epoch: String, _ sequence: Int?, _ completeness: Publication.Completeness
    ) -> Publication {
        Publication(
            header: Publication.Header(
                event: Publication.Event.roomState, room: room, epoch: epoch, sequence: sequence,
                completeness: completeness),
            json: Array("{}".utf8))
    }
}
