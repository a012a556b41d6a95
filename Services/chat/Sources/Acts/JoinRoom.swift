import Domain
import Redis
import WireContract

/// `join_squad_room {squad_id}`: enters, and answers the room, its members and its newest page.
struct JoinRoom: Act {
    /// Who comes back adds nothing; the first time is rare.
    static let events = 0

    private let entrance: Entrance

    nonisolated(nonsending) init(_ context: CommandContext) async throws(CommandFailure) {
        self.entrance = try await Entrance(context)
    }

    var call: RedisScript.Call { self.entrance.fitting }

    struct Answer: Question {
        private let command: ChatCommand
        private let room: RoomKeys
        private let asker: Asker

        nonisolated(nonsending) init(_ context: CommandContext) async throws(CommandFailure) {
            self.asker = try await context.asker(with: .read)
            self.command = context.command
            self.room = context.room
        }

        func answer(_ rooms: RoomReading) async throws -> ChatReply {
            let page = try await rooms.page(
                PageQuestion(
                    room: self.command.room, keys: self.room, user: self.command.user, through: rooms.left?.sequence,
                    limit: ChatLimits.pageMessages,
                    seesWholeHistory: self.asker.permissions.contains(.history), countsMembers: true))
            let state = page.state
            let members = try await rooms.members(
                of: self.command.room, self.room, asker: self.asker.user, isOnline: self.command.socket != nil)
            let answer = JoinAnswer(
                roomID: self.command.room, name: state.name, squadID: state.squad, epoch: state.epoch,
                sequence: state.sequence, permissions: self.asker.permissions, members: members,
                headcount: page.headcount)
            return state.reply(
                to: self.command, rights: self.asker.permissions, answer.encoded,
                pushes: [page.push(of: self.command.room)])
        }
    }
}
