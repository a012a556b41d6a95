import Domain
import Redis
import WireContract

/// `resume {room_id, seq, epoch}`: enters, and answers what was missed.
struct ResumeRoom: Act {
    /// Who comes back adds nothing; the first time is rare.
    static let events = 0

    private let entrance: Entrance

    nonisolated(nonsending) init(_ context: CommandContext) async throws(CommandFailure) {
        self.entrance = try await Entrance(context)
        _ = try Self.point(context)
    }

    var call: RedisScript.Call { self.entrance.fitting }

    /// What the socket has seen.
    private static func point(_ context: CommandContext) throws(CommandFailure) -> (epoch: String, sequence: Int) {
        let data = try CommandData(context.command.data)
        guard let sequence = try data.integer("seq", in: 0...ChatLimits.highestSequence) else {
            throw CommandData.invalid("seq", "is missing")
        }
        let epoch = try data.requiredString("epoch")
        guard (1...40).contains(epoch.utf8.count), epoch.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
            throw CommandData.invalid("epoch", "is not an epoch")
        }
        return (epoch, sequence)
    }

    struct Answer: Question {
        private let command: ChatCommand
        private let room: RoomKeys
        private let rights: Permissions
        private let epoch: String
        private let sequence: Int

        nonisolated(nonsending) init(_ context: CommandContext) async throws(CommandFailure) {
            self.rights = try await context.asker(with: .read).permissions
            self.command = context.command
            self.room = context.room
            (self.epoch, self.sequence) = try ResumeRoom.point(context)
        }

        func answer(_ rooms: RoomReading) async throws -> ChatReply {
            let question = PageQuestion(
                room: self.command.room, keys: self.room, user: self.command.user, through: rooms.left?.sequence,
                limit: ChatLimits.pageMessages, seesWholeHistory: self.rights.contains(.history),
                countsMembers: true)
            let look = try await rooms.look(question)
            guard let joined = look.joined else { throw PageQuestion.notJoined }
            var missed: MissedEvents?
            // What the socket says it saw was there before it came, and it may see what follows.
            if self.sequence <= rooms.left?.before ?? look.state.sequence,
                try await self.maySeeWhatFollows(rooms, joined: joined)
            {
                missed =
                    try await rooms.missed(
                        [
                            MissedQuestion(
                                room: self.command.room, keys: self.room, state: look.state, epoch: self.epoch,
                                sequence: self.sequence)
                        ], mayBeCut: false
                    ).first ?? nil
            }
            let pushes: [Publication]
            var state = look.state
            if let missed {
                pushes = missed.events
            } else {
                let page = try await rooms.page(question)
                state = page.state
                pushes = [page.push(of: self.command.room)]
            }
            let answer = ResumeAnswer(
                roomID: self.command.room, epoch: state.epoch, sequence: state.sequence, isRecovered: missed != nil,
                headcount: look.headcount)
            return state.reply(to: self.command, rights: self.rights, answer.encoded, pushes: pushes)
        }

        private func maySeeWhatFollows(_ rooms: RoomReading, joined: Int) async throws -> Bool {
            if self.rights.contains(.history) || self.sequence >= joined { return true }
            return self.sequence >= (try await rooms.floor(joined: joined, of: self.command.room, self.room))
        }
    }
}
