import Domain
import Redis
import WireContract

/// One kind of command, in one file: its data, what its asker must be allowed, what it may need from the archive, and
/// the script that applies it.
protocol Act: Sendable {
    /// Reads the data and decides who asks and what they may do. Stays with its caller: another executor for every command would
    /// cost more than most of what it does.
    nonisolated(nonsending) init(_ context: CommandContext) async throws(CommandFailure)

    /// How many events its room gets by it, as a rule: by that messages behind it are numbered (``RoomNumbers``).
    static var events: Int { get }

    /// What applies it.
    var call: RedisScript.Call { get }

    /// The message that its script may ask the archive for.
    var asked: MessageQuestion? { get }

    /// What the archive says, for a script that answered `archive` and asks for no message by its id.
    func ask(_ archive: any MessageArchive) async throws -> ArchiveAnswer
}

extension Act {
    static var events: Int { 1 }

    var asked: MessageQuestion? { nil }

    func ask(_ archive: any MessageArchive) async throws -> ArchiveAnswer {
        throw CommandFailure.discarded("needs nothing from the archive")
    }
}

/// What a command asks for and changes nothing by: its data, what its asker must be allowed, and how the answer is put
/// together from what stands in Redis and in the archive. It runs beside the pipeline.
protocol Question: Sendable {
    /// Reads the data and decides who asks and what they may see.
    nonisolated(nonsending) init(_ context: CommandContext) async throws(CommandFailure)

    /// - Throws: ``CommandFailure``, ``RoomsToReopen``, or that a store is away.
    func answer(_ rooms: RoomReading) async throws -> ChatReply
}

extension ChatCommand.Kind {
    /// What a command does, and what it asks: a new one is its file, its script and a row here.
    var parts: (act: (any Act.Type)?, question: (any Question.Type)?) {
        switch self {
        case .joinSquadRoom: (JoinRoom.self, JoinRoom.Answer.self)
        case .resume: (ResumeRoom.self, ResumeRoom.Answer.self)
        case .leave: (LeaveRoom.self, nil)
        case .sendMessage: (SendMessage.self, nil)
        case .addReaction, .removeReaction: (ChangeReaction.self, nil)
        case .fetchHistory: (nil, FetchHistory.self)
        case .catchUp: (nil, CatchUp.self)
        case .postSignal: (PostSignal.self, nil)
        case .updateSignal: (UpdateSignal.self, nil)
        case .postSystem: (PostSystem.self, nil)
        case .removeMember, .changeRights: (ChangeMember.self, nil)
        }
    }
}
