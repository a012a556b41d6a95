import Directory
import Domain
import JSON

/// A file of users: a JSON array of objects, one JSON object per line, or a table (CSV with a header line, RFC 4180).
struct UserFile {
    /// A user, or why that line is none.
    struct Line {
        /// Counted from 1: the line of a table, the element of an array.
        let number: Int
        let user: Result<DirectoryUser, DirectoryRecordError>
    }

    let lines: [Line]

    /// - Parameter defaultVersion: The version of records that name none: now, in milliseconds since 1970.
    init(_ bytes: [UInt8], defaultVersion: Int) throws(Failure) {
        var bytes = bytes[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }  // Excel's mark of UTF-8
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Failure("the file is not UTF-8 text") }
        var records: [(Int, Result<DirectoryRecord, DirectoryRecordError>)]
        switch text.first(where: { !$0.isWhitespace }) {
        case nil: throw Failure("the file is empty")
        case "[": records = try Self.array(bytes)
        case "{": records = Self.jsonLines(text)
        default: records = try Self.table(text)
        }
        var seen: [UserID: Int] = [:]
        self.lines = records.map { number, record in
            let user = record.flatMap { record -> Result<DirectoryUser, DirectoryRecordError> in
                do throws(DirectoryRecordError) {
                    let user = try record.user(defaultVersion: defaultVersion)
                    if let first = seen.updateValue(number, forKey: user.userID) {
                        throw DirectoryRecordError(
                            field: "user_id", reason: "\(user.userID) stands at \(first) already")
                    }
                    return .success(user)
                } catch {
                    return .failure(error)
                }
            }
            return Line(number: number, user: user)
        }
    }

    private static func array(
        _ bytes: ArraySlice<UInt8>
    ) throws(Failure) -> [(Int, Result<DirectoryRecord, DirectoryRecordError>)] {
        guard let elements = try? JSONValue(parsing: bytes).elements() else {
            throw Failure("the file begins like a JSON array and is none")
        }
        return elements.enumerated().map { index, element in
            (index + 1, Self.record { () throws(DirectoryRecordError) in try DirectoryRecord(element) })
        }
    }

    private static func jsonLines(_ text: String) -> [(Int, Result<DirectoryRecord, DirectoryRecordError>)] {
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated().compactMap {
            index, line in
            guard line.contains(where: { !$0.isWhitespace }) else { return nil }
            return (
                index + 1, Self.record { () throws(DirectoryRecordError) in try DirectoryRecord(json: line.utf8) }
            )
        }
    }

    private static func table(
        _ text: String
    ) throws(Failure) -> [(Int, Result<DirectoryRecord, DirectoryRecordError>)] {
        var rows = try CSV.rows(text)
        guard !rows.isEmpty else { throw Failure("the file is empty") }
        let header = rows.removeFirst().cells.map { CSV.trimmed($0).lowercased() }
        guard header.contains(where: { ["user_id", "id", "uid"].contains($0) }) else {
            throw Failure(
                "the first line must name the columns, user_id among them; it is: \(header.joined(separator: ","))")
        }
        return rows.map { row in
            guard row.cells.count == header.count else {
                return (
                    row.line,
                    .failure(
                        DirectoryRecordError(
                            field: nil, reason: "has \(row.cells.count) cells; the header has \(header.count)"))
                )
            }
            return (row.line, .success(DirectoryRecord(zip(header, row.cells).map { ($0, CSV.trimmed($1)) })))
        }
    }

    private static func record(
        _ body: () throws(DirectoryRecordError) -> DirectoryRecord
    ) -> Result<DirectoryRecord, DirectoryRecordError> {
        do throws(DirectoryRecordError) { return .success(try body()) } catch { return .failure(error) }
    }
}

/// Tables as RFC 4180 writes them; a semicolon separates, too, when the header has one and no comma.
enum CSV {
    struct Row: Equatable {
        /// Counted from 1; the line where the row begins.
        let line: Int
        let cells: [String]
    }

    /// - Throws: When a quoted cell has no end.
    static func rows(_ text: String) throws(Failure) -> [Row] {
        let header = text.prefix { !$0.isNewline }
        let separator: Character = header.contains(";") && !header.contains(",") ? ";" : ","
        var rows: [Row] = []
        var cells: [String] = []
        var cell = ""
        var (line, rowLine) = (1, 1)
        var (isQuoted, wasQuoted) = (false, false)
        func isBlank() -> Bool { cells.isEmpty && cell.allSatisfy(\.isWhitespace) && !wasQuoted }
        var rest = text[...]
        while let character = rest.popFirst() {
            if isQuoted {
                if character == "\"" {
                    if rest.first == "\"" { cell.append(rest.removeFirst()) } else { isQuoted = false }
                } else {
                    if character.isNewline { line += 1 }
                    cell.append(character)
                }
            } else if character == "\"", cell.isEmpty {
                (isQuoted, wasQuoted) = (true, true)
            } else if character == separator {
                cells.append(cell)
                (cell, wasQuoted) = ("", false)
            } else if character.isNewline {
                if !isBlank() { rows.append(Row(line: rowLine, cells: cells + [cell])) }
                (cells, cell, wasQuoted) = ([], "", false)
                line += 1
                rowLine = line
            } else {
                cell.append(character)
            }
        }
        guard !isQuoted else { throw Failure("line \(rowLine): a quoted cell has no end") }
        if !isBlank() { rows.append(Row(line: rowLine, cells: cells + [cell])) }
        return rows
    }

    static func trimmed(_ text: String) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
