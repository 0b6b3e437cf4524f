"""A mapping on sqlite in memory: relations, a join, an aggregate, a transaction that is rolled back."""

from sqlalchemy import ForeignKey, String, create_engine, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(30), unique=True)
    orders: Mapped[list["Order"]] = relationship(back_populates="user")


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    amount: Mapped[int]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User] = relationship(back_populates="orders")


def job():
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([User(name="Ada", orders=[Order(amount=3), Order(amount=4)]), User(name="Bob")])
        session.commit()
        sums = session.execute(
            select(User.name, func.coalesce(func.sum(Order.amount), 0)).outerjoin(Order).group_by(User.name)
        ).all()
        session.add(User(name="Ada"))
        try:
            session.commit()
        except IntegrityError as error:
            session.rollback()
            kind = type(error.orig).__name__
        count = session.scalar(select(func.count()).select_from(User))
    return [[list(row) for row in sums], kind, count, str(select(User.id).where(User.name.like("A%")))]
