# Json: a parser that reads a message of 22,000 characters, a character at a time.

from som import Vector
from sys import argv

ROUNDS = int(argv[1]) if len(argv) > 1 else 100
EXPECTED_OPERATIONS = 156


class JsonValue:
    def is_object(self):
        return False

    def is_array(self):
        return False

    def is_number(self):
        return False

    def is_string(self):
        return False

    def is_boolean(self):
        return False

    def is_true(self):
        return False

    def is_false(self):
        return False

    def is_null(self):
        return False

    def as_object(self):
        raise TypeError("this is no object")

    def as_array(self):
        raise TypeError("this is no array")


class JsonLiteral(JsonValue):
    def __init__(self, value):
        self.value = value

    def is_boolean(self):
        return self.is_true() or self.is_false()

    def is_true(self):
        return self.value == "true"

    def is_false(self):
        return self.value == "false"

    def is_null(self):
        return self.value == "null"

    def as_string(self):
        return self.value


NULL = JsonLiteral("null")
TRUE = JsonLiteral("True")
FALSE = JsonLiteral("False")


class JsonNumber(JsonValue):
    def __init__(self, text):
        self.text = text

    def is_number(self):
        return True

    def as_string(self):
        return self.text


class JsonString(JsonValue):
    def __init__(self, text):
        self.text = text

    def is_string(self):
        return True

    def as_string(self):
        return self.text


class JsonArray(JsonValue):
    def __init__(self):
        self.values = Vector()

    def add(self, value):
        if value is None:
            raise ValueError("a value is missing")
        self.values.append(value)
        return self

    def size(self):
        return self.values.size()

    def get(self, index):
        return self.values.at(index)

    def is_array(self):
        return True

    def as_array(self):
        return self


# Guesses where a name stands, by its length alone; a place counts from 1, and 0 is none.
class HashIndexTable:
    def __init__(self):
        self.slots = [0] * 32

    def add(self, name, index):
        slot = self.slot_for(name)
        self.slots[slot] = (index + 1) & 0xff if index < 0xff else 0

    def get(self, name):
        return (self.slots[self.slot_for(name)] & 0xff) - 1

    def slot_for(self, name):
        return self.string_hash(name) & len(self.slots) - 1

    def string_hash(self, text):
        return len(text) * 1_402_589


class JsonObject(JsonValue):
    def __init__(self):
        self.names = Vector()
        self.values = Vector()
        self.table = HashIndexTable()

    def add(self, name, value):
        if name is None or value is None:
            raise ValueError("a name or a value is missing")
        self.table.add(name, self.names.size())
        self.names.append(name)
        self.values.append(value)
        return self

    def get(self, name):
        return self.values.at(self.index_of(name))

    def index_of(self, name):
        index = self.table.get(name)
        if index != -1 and name == self.names.at(index):
            return index
        raise NotImplementedError("names that share a slot")

    def size(self):
        return self.names.size()

    def is_empty(self):
        return self.names.is_empty()

    def is_object(self):
        return True

    def as_object(self):
        return self


class ParseError(Exception):
    def __init__(self, message, index, line, column):
        super().__init__(f"{message} in line {line}, column {column}, at {index}")


class Parser:
    def __init__(self, text):
        self.input = text
        self.index = -1
        self.line = 1
        self.line_start = 0
        self.current = None
        self.capture_buffer = ""
        self.capture_start = -1

    def parse(self):
        self.read()
        self.skip_white_space()
        result = self.read_value()
        self.skip_white_space()
        if not self.is_end_of_text():
            raise self.error("unexpected character")
        return result

    def read_value(self):
        c = self.current
        if c == "n":
            return self.read_null()
        elif c == "t":
            return self.read_true()
        elif c == "f":
            return self.read_false()
        elif c == "\"":
            return self.read_string()
        elif c == "[":
            return self.read_array()
        elif c == "{":
            return self.read_object()
        elif (
            c == "-" or c == "0" or c == "1" or c == "2" or c == "3" or c == "4" or c == "5" or c == "6" or
            c == "7" or c == "8" or c == "9"
        ):
            return self.read_number()
        raise self.expected("a value")

    def read_array(self):
        self.read()
        array = JsonArray()
        self.skip_white_space()
        if self.read_char("]"):
            return array
        self.read_array_element(array)
        while self.read_char(","):
            self.read_array_element(array)
        if not self.read_char("]"):
            raise self.expected("',' or ']'")
        return array

    def read_array_element(self, array):
        self.skip_white_space()
        array.add(self.read_value())
        self.skip_white_space()

    def read_object(self):
        self.read()
        object = JsonObject()
        self.skip_white_space()
        if self.read_char("}"):
            return object
        self.read_object_pair(object)
        while self.read_char(","):
            self.read_object_pair(object)
        if not self.read_char("}"):
            raise self.expected("',' or '}'")
        return object

    def read_object_pair(self, object):
        self.skip_white_space()
        name = self.read_name()
        self.skip_white_space()
        if not self.read_char(":"):
            raise self.expected("':'")
        self.skip_white_space()
        object.add(name, self.read_value())
        self.skip_white_space()

    def read_name(self):
        if self.current != "\"":
            raise self.expected("a name")
        return self.read_string_internal()

    def read_null(self):
        self.read()
        self.read_required_char("u")
        self.read_required_char("l")
        self.read_required_char("l")
        return NULL

    def read_true(self):
        self.read()
        self.read_required_char("r")
        self.read_required_char("u")
        self.read_required_char("e")
        return TRUE

    def read_false(self):
        self.read()
        self.read_required_char("a")
        self.read_required_char("l")
        self.read_required_char("s")
        self.read_required_char("e")
        return FALSE

    def read_required_char(self, c):
        if not self.read_char(c):
            raise self.expected(f"'{c}'")

    def read_string(self):
        return JsonString(self.read_string_internal())

    def read_string_internal(self):
        self.read()
        self.start_capture()
        while self.current != "\"":
            if self.current == "\\":
                self.pause_capture()
                self.read_escape()
                self.start_capture()
            elif self.current is None:
                raise self.expected("'\"'")
            else:
                self.read()
        text = self.end_capture()
        self.read()
        return text

    def read_escape(self):
        self.read()
        self.capture_buffer += self.escaped()
        self.read()

    def escaped(self):
        c = self.current
        if c == "\"" or c == "/" or c == "\\":
            return c
        elif c == "b":
            return "\b"
        elif c == "f":
            return "\f"
        elif c == "n":
            return "\n"
        elif c == "r":
            return "\r"
        elif c == "t":
            return "\t"
        raise self.expected("a valid escape")

    def read_number(self):
        self.start_capture()
        self.read_char("-")
        first = self.current
        if not self.read_digit():
            raise self.expected("a digit")
        if first != "0":
            while self.read_digit() :
                pass
        self.read_fraction()
        self.read_exponent()
        return JsonNumber(self.end_capture())

    def read_fraction(self):
        if not self.read_char("."):
            return False
        if not self.read_digit():
            raise self.expected("a digit")
        while self.read_digit():
            pass
        return True

    def read_exponent(self):
        if not self.read_char("e") and not self.read_char("E"):
            return False
        if not self.read_char("+"):
            self.read_char("-")
        if not self.read_digit():
            raise self.expected("a digit")
        while self.read_digit():
            pass
        return True

    def read_char(self, c):
        if self.current != c:
            return False
        self.read()
        return True

    def read_digit(self):
        if not self.is_digit():
            return False
        self.read()
        return True

    def skip_white_space(self):
        while self.is_white_space():
            self.read()

    def read(self):
        if self.current == "\n":
            self.line += 1
            self.line_start = self.index + 1
        self.index += 1
        self.current = self.input[self.index] if self.index < len(self.input) else None

    def start_capture(self):
        self.capture_start = self.index

    def pause_capture(self):
        self.capture_buffer += self.input[self.capture_start:self.index]
        self.capture_start = -1

    def end_capture(self):
        captured = self.input[self.capture_start:self.index]
        if self.capture_buffer != "":
            captured = self.capture_buffer + captured
            self.capture_buffer = ""
        self.capture_start = -1
        return captured

    def expected(self, what):
        if self.is_end_of_text():
            return self.error("unexpected end of the text")
        return self.error(f"expected {what}")

    def error(self, message):
        return ParseError(message, self.index, self.line, self.index - self.line_start + 1)

    def is_white_space(self):
        c = self.current
        return c == " " or c == "\t" or c == "\n" or c == "\r"

    def is_digit(self):
        c = self.current
        return (
            c == "0" or c == "1" or c == "2" or c == "3" or c == "4" or c == "5" or c == "6" or c == "7" or
            c == "8" or c == "9"
        )

    def is_end_of_text(self):
        return self.current is None


def check(result):
    document = result.as_object()
    operations = document.get("operations")
    if not document.get("head").is_object() or not operations.is_array():
        raise RuntimeError("the message has another form")
    count = operations.as_array().size()
    if count != EXPECTED_OPERATIONS:
        raise RuntimeError(f"there are {count} operations")
    return count


def main():
    path = __file__.removesuffix("json_bench.py") + "json_document.txt"
    with open(path) as file:
        text = file.read()
        operations = 0
        for _ in range(ROUNDS):
            operations += check(Parser(text).parse())
        print(f"Json: {operations} operations read")


main()
