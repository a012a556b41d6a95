import Domain
import Redis
import WireContract

/// One kind of command, in one file: its data, what its asker must be allowed, what it may need from the archive, and
/// the script that applies it.
protocol Act: Sendable {
    /// Reads the data and decides who asks and what they may do.
    init(_ context: CommandContext) async throws(CommandFailure)

    /// What applies it.
    var call: RedisScript.Call { get }

    /// What the archive says, for a script that answered `archive`.
    func ask(_ archive: any MessageArchive) async throws -> ArchiveAnswer
}

extension Act {
    func ask(_ archive: any MessageArchive) async throws -> ArchiveAnswer {
        throw CommandFailure.discarded("needs nothing from the archive")
    }
}

extension ChatCommand.Kind {
    /// The table of the acts: a new one is its file, its script and a row here.
    var act: any Act.Type {
        switch self {
        case .joinSquadRoom: JoinRoom.self
        case .leave: LeaveRoom.self
        case .sendMessage: SendMessage.self
        case .addReaction, .removeReaction: ChangeReaction.self
        case .fetchHistory: FetchHistory.self
        case .resume: ResumeRoom.self
        case .catchUp: CatchUp.self
        case .postSignal: PostSignal.self
        case .updateSignal: UpdateSignal.self
        case .postSystem: PostSystem.self
        case .removeMember, .changeRights: ChangeMember.self
        }
    }
}
