import Domain
import WireContract

/// `fetch_history {room_id, before?, limit?}`
struct FetchHistory: Question {
    private let command: ChatCommand
    private let room: RoomKeys
    private let rights: Permissions
    /// Messages with a lower seq; nil for the newest.
    private let before: Int?
    private let limit: Int

    nonisolated(nonsending) init(_ context: CommandContext) async throws(CommandFailure) {
        // A gateway asks for the suite itself when it missed too much: the page is for every socket of the room.
        if context.command.user.isEmpty {
            _ = try context.knownRoom()
            self.rights = .all
        } else {
            self.rights = try await context.asker(with: .read).permissions
        }
        let data = try CommandData(context.command.data)
        self.before = try data.integer("before", in: 1...ChatLimits.highestSequence)
        self.limit = try data.integer("limit", in: 1...ChatLimits.mostPageMessages) ?? ChatLimits.pageMessages
        self.command = context.command
        self.room = context.room
    }

    func answer(_ rooms: RoomReading) async throws -> ChatReply {
        let page = try await rooms.page(
            PageQuestion(
                room: self.command.room, keys: self.room, user: self.command.user, before: self.before,
                limit: self.limit, seesWholeHistory: self.rights.contains(.history)))
        let answer = HistoryAnswer(
            roomID: self.command.room, messages: page.messages, hasMore: page.hasMore,
            ownReactions: page.ownReactions)
        return page.state.reply(to: self.command, rights: self.rights, answer.encoded)
    }
}
