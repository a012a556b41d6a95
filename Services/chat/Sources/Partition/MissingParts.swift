import Domain
import Redis
import WireContract
import WorkQueue

/// What a script found missing is brought: from the archive, or a room opened anew.
extension CommandDispatch {
    /// Brings what the command's script asked of the archive. Those behind it that may ask for a message are answered with it:
    /// each question for itself would send everything behind it once more.
    ///
    /// An archive that is away is the matter of this command alone. A person is told; what the suite itself wants done must
    /// not be lost, and comes round again.
    ///
    /// - Returns: What to do when it could not be brought.
    private func askArchive(for entry: StreamEntry, _ fence: PartitionFence) async throws -> PartitionStep? {
        let circumstances = self.circumstances(fence)
        func act(of entry: StreamEntry) async throws -> any Act {
            let command = try ChatCommand(entry)
            let context = self.context(of: command, entry, after: .zero, circumstances)
            guard let act = command.kind.parts.act else { throw CommandFailure.discarded("changes nothing") }
            return try await act.init(context)
        }
        do {
            let first = try await act(of: entry)
            guard let question = first.asked else {
                self.brought.bring(try await first.ask(self.archive), for: entry.id)
                return nil
            }
            var asked = [(id: entry.id, question: question)]
            for later in self.batch where later.id > entry.id {
                if let question = try? await act(of: later).asked { asked.append((later.id, question)) }
            }
            for ((id, _), found) in zip(asked, try await self.archive.messages(asked.map(\.question))) {
                if id == entry.id {
                    self.brought.bring(.message(found.message), for: id)
                } else if let message = found.message {
                    self.brought.bring(.message(message, through: found.through), for: id)
                }
            }
        } catch let failure as CommandFailure {
            self.brought.giveUp(entry.id, "\(failure)")
        } catch {
            try Task.checkCancellation()
            self.logger.warning(
                "a command needs the archive",
                metadata: ["partition": "\(self.keys.partition)", "entry": "\(entry.id)", "error": "\(error)"])
            if entry.isOfSuite { return self.hold(entry) }
            self.brought.refuse(
                entry.id, Refusal(.unavailable, "This cannot be done now. Try again in a moment.", retryAfter: 1))
        }
        return nil
    }

    func settle(
        _ entry: StreamEntry, _ result: Result<RedisValue, RedisError>, _ fence: PartitionFence,
        _ connection: RedisConnection
    ) async throws -> PartitionStep {
        let answer: [String]
        switch result {
        case .success(let value): answer = (value.array ?? []).map { $0.string ?? "" }
        case .failure(.server(let error)) where error.kind == .outOfMemory: return self.meetFullServer(from: entry)
        case .failure(.server(let error)) where error.isRetryable: return .wait(.milliseconds(250))
        case .failure(.server(let error)):
            // A script that fails did nothing. It would fail again, and everything behind it would wait for ever.
            self.logger.error(
                "a script failed", metadata: ["entry": "\(entry.id)", "error": "\(error)"])
            self.brought.giveUp(entry.id, "script: \(error)")
            return .again
        case .failure(let error): throw error
        }
        switch answer.first {
        case "archive":
            if let step = try await self.askArchive(for: entry, fence) { return step }
        case "renumber":
            self.learn(answer)
        case "reopen" where answer.count == 2:
            do {
                try await self.reopenings.reopen(answer[1], fence, connection)
            } catch {
                return try self.giveUpReopening(answer[1], for: entry, error, connection)
            }
            self.brought.forgetFound()
        case "busy":
            self.wakeArchiver()
            return self.hold(entry)
        case "mistyped" where answer.count == 3:
            self.logger.error(
                "a key has the wrong type", metadata: ["key": "\(answer[1])", "type": "\(answer[2])"])
            if [self.keys.state, self.keys.commands, self.keys.events, self.keys.dead].contains(answer[1]) {
                return .wait(.seconds(1))  // only an operator can help
            }
            self.brought.giveUp(entry.id, "\(answer[1]) is a \(answer[2])")
        default:
            if let found = ArchiveAnswer(reading: answer, after: self.brought.found[entry.id]) {
                self.brought.bring(found, for: entry.id)
            } else {
                self.brought.giveUp(entry.id, answer.dropFirst().first ?? "the script gave no answer")
            }
        }
        self.brought.count(answer, of: entry.id)
        return .again
    }

    /// A room that cannot be opened now is the matter of who needs it alone: opening the partition anew would meet it again.
    private func giveUpReopening(
        _ room: String, for entry: StreamEntry, _ error: any Error, _ connection: RedisConnection
    ) throws -> PartitionStep {
        guard connection.isActive, !(error is CancellationError) else { throw error }
        self.logger.warning("a room cannot be opened again", metadata: ["room": "\(room)", "error": "\(error)"])
        if entry.isOfSuite { return self.hold(entry) }
        self.brought.refuse(
            entry.id, Refusal(.unavailable, "This room cannot be opened now. Try again in a moment.", retryAfter: 1))
        return .again
    }

    /// Puts a command of the suite itself at the end of the stream.
    private func hold(_ entry: StreamEntry) -> PartitionStep {
        self.brought.moveOn()
        self.held.hold(entry.id)
        return self.held.pause(before: entry).map { .wait($0) } ?? .again
    }

    /// The server takes nothing that needs memory. People hear so at once, all of the batch together; who only wants to come
    /// in, or to leave, may; what the suite itself wants done comes round again.
    private func meetFullServer(from first: StreamEntry) -> PartitionStep {
        self.tellFullServer()
        for entry in self.batch where entry.id >= first.id {
            if entry.isOfSuite {
                self.held.hold(entry.id)
                continue
            }
            switch entry.string(ChatCommand.Field.kind).flatMap({ ChatCommand.Kind(rawValue: $0) }) {
            case .leave: continue
            case .joinSquadRoom, .resume: self.brought.meetFullServer(entry.id)
            default:
                self.brought.refuse(
                    entry.id, Refusal(.busy, "The suite is full. Try again in a moment.", retryAfter: 1))
            }
        }
        return first.isOfSuite ? self.hold(first) : .again
    }
}
