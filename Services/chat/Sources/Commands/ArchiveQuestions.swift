import Domain
import NIOCore
import Redis
import WireContract

/// What a script asked the archive for.
extension CommandHandler {
    func fetchFromArchive(for entry: StreamEntry) async throws -> Remedy {
        let command = try ChatCommand { name in entry[name].map { Array(buffer: $0) } }
        let room = command.room
        switch command.kind {
        case .joinSquadRoom, .resume:
            return .page(try await self.archive.page(of: room, before: nil, limit: ChatLimits.pageMessages + 1))
        case .fetchHistory:
            let page = try HistoryPage(command.data)
            return .page(try await self.archive.page(of: room, before: page.before, limit: page.limit + 1))
        case .addReaction, .removeReaction:
            let message = try CommandData(command.data).requiredString("message_id")
            return .message(try await self.archive.message(message, in: room))
        case .sendMessage:
            let message = try CommandData(command.data).string("reply_to") ?? ""
            return .message(try await self.archive.message(message, in: room))
        case .updateSignal:
            let data = try CommandData(command.data)
            let inner = try? data.object("outcome", limit: ChatLimits.outcomeBytes)
            let name = try data.string("signal_id") ?? inner.flatMap { try CommandData($0).string("signal_id") } ?? ""
            return .message(try await self.archive.signal(name, in: room))
        case .leave, .catchUp, .postSignal, .postSystem, .removeMember, .changeRights:
            return .discard("needs nothing from the archive")
        }
    }
}
